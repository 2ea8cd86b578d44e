from __future__ import annotations

from typing import TYPE_CHECKING

from access.application.operator_events import record_operator_event
from access.application.password_link import password_link_for
from access.repositories import lock_operator, save_operator
from access.selectors import subject_of
from database.transactions import in_transaction

if TYPE_CHECKING:
    from access.application.password_link import PasswordLink
    from access.keeper import Keeper


@in_transaction("reset_password")
def reset_password(*, keeper: Keeper, operator_id: int) -> PasswordLink:
    """End the password, every session and every earlier link of the operator, who chooses anew by this one.

    Raises OperatorNotFound, PermissionMissing, OneselfRefused or BeyondKeeper.
    """
    operator = lock_operator(operator_id)
    subject = subject_of(operator)
    keeper.ensure_keeps(subject)
    keeper.ensure_is_not(subject)
    operator.set_unusable_password()
    save_operator(operator, fields=["password"])
    record_operator_event("PasswordReset", operator, actor=keeper.actor)
    return password_link_for(operator)
