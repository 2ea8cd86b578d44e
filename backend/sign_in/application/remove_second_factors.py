from __future__ import annotations

import structlog

from access.repositories import get_operator
from database.transactions import in_transaction
from sign_in.repositories import delete_authenticators

log = structlog.get_logger(__name__)


def remove_second_factors(*, username: str, actor: str) -> None:
    """Afterwards the operator has no second factor: for one who has lost the telephone and the codes.

    Raises OperatorNotFound.
    """
    removed = _remove(username)
    log.warning("second_factors_removed", operator=username, removed=removed, actor=actor)


@in_transaction("remove_second_factors")
def _remove(username: str) -> int:
    return delete_authenticators(get_operator(username))
