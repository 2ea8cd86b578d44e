from __future__ import annotations

from typing import TYPE_CHECKING

from access.application.operator_events import record_operator_event
from access.repositories import lock_operator, save_operator
from access.selectors import subject_of
from database.transactions import in_transaction

if TYPE_CHECKING:
    from access.keeper import Keeper
    from access.models import Operator


@in_transaction("reactivate_operator")
def reactivate_operator(*, keeper: Keeper, operator_id: int) -> Operator:
    """Afterwards the operator signs in as before, with the same role.

    Doing it again changes nothing.
    Raises OperatorNotFound, PermissionMissing, OneselfRefused or BeyondKeeper.
    """
    operator = lock_operator(operator_id)
    subject = subject_of(operator)
    keeper.ensure_keeps(subject)
    keeper.ensure_is_not(subject)
    if not operator.is_active:
        operator.is_active = True
        save_operator(operator, fields=["is_active"])
        record_operator_event("OperatorReactivated", operator, actor=keeper.actor)
    return operator
