from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from access.application.operator_events import record_operator_event
from access.repositories import get_operator, lock_operator
from access.selectors import subject_of
from database.transactions import in_transaction
from sign_in.repositories import delete_authenticators

if TYPE_CHECKING:
    from access.keeper import Keeper

log = structlog.get_logger(__name__)


def remove_second_factors(*, keeper: Keeper, username: str) -> None:
    """Afterwards the operator has no second factor: for one who has lost the telephone and the codes.

    Raises OperatorNotFound, PermissionMissing, OneselfRefused or BeyondKeeper.
    """
    removed = _remove(keeper, username)
    log.warning("second_factors_removed", operator=username, removed=removed, actor=keeper.actor)


@in_transaction("remove_second_factors")
def _remove(keeper: Keeper, username: str) -> int:
    operator = lock_operator(get_operator(username).pk)
    subject = subject_of(operator)
    keeper.ensure_keeps(subject)
    keeper.ensure_is_not(subject)
    if removed := delete_authenticators(operator):
        record_operator_event("SecondFactorsRemoved", operator, actor=keeper.actor)
    return removed
