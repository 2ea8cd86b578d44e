from __future__ import annotations

from typing import TYPE_CHECKING

from access.application.operator_events import record_operator_event
from access.application.operator_terms import EmailTaken, ensure_email
from access.repositories import is_email_taken, lock_operator, save_operator
from access.selectors import subject_of
from database.transactions import in_transaction

if TYPE_CHECKING:
    from access.keeper import Keeper
    from access.models import Operator


@in_transaction("change_email")
def change_email(*, keeper: Keeper, operator_id: int, email: str) -> Operator:
    """Afterwards the OpenID provider's account with this address opens the operator's, if none does already.

    Raises OperatorNotFound, PermissionMissing, OneselfRefused, BeyondKeeper, EmailInvalid or EmailTaken.
    """
    operator = lock_operator(operator_id)
    keeper.ensure_keeps(subject_of(operator))
    ensure_email(email)
    if email and is_email_taken(email, besides=operator):
        raise EmailTaken
    if operator.email != email:
        operator.email = email
        save_operator(operator, fields=["email"])
        record_operator_event("OperatorEmailChanged", operator, actor=keeper.actor)
    return operator
