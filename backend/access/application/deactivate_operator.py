from __future__ import annotations

from typing import TYPE_CHECKING

from access.application.operator_events import record_operator_event
from access.repositories import lock_operator, save_operator
from access.selectors import subject_of
from database.transactions import in_transaction

if TYPE_CHECKING:
    from access.keeper import Keeper
    from access.models import Operator


@in_transaction("deactivate_operator")
def deactivate_operator(*, keeper: Keeper, operator_id: int) -> Operator:
    """Afterwards the operator is let in nowhere, from the next request on. Name and row stay for the log.

    Doing it again changes nothing.
    Raises OperatorNotFound, PermissionMissing, OneselfRefused or BeyondKeeper.
    """
    operator = lock_operator(operator_id)
    subject = subject_of(operator)
    keeper.ensure_keeps(subject)
    keeper.ensure_is_not(subject)
    if operator.is_active:
        operator.is_active = False
        save_operator(operator, fields=["is_active"])
        record_operator_event("OperatorDeactivated", operator, actor=keeper.actor)
    return operator
