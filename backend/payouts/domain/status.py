"""The life of a payout: which statuses and stages there are, which moves, and who may make them.

This table is the only one. The database trigger, the API's refusals and the property tests are made from it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from core.exceptions import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping


class Status(StrEnum):
    """Coarse, and safe for clients to switch on."""

    NEW = "NEW"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    RETURNED = "RETURNED"


class Stage(StrEnum):
    """Where inside its status a payout is."""

    READY = "ready"
    SCHEDULED = "scheduled"
    AWAITING_APPROVAL = "awaiting_approval"
    AWAITING_FUNDS = "awaiting_funds"
    ON_HOLD = "on_hold"
    SENDING = "sending"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"
    RETRY_WAIT = "retry_wait"
    NEEDS_REVIEW = "needs_review"
    SENT = "sent"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    BLOCKED = "blocked"
    DECLINED = "declined"
    EXPIRED = "expired"
    BY_USER = "by_user"
    BY_SYSTEM = "by_system"
    RETURNED = "returned"
    RECALLED = "recalled"


# Short of an end: something is still to happen.
OPEN_STATUSES = (Status.NEW, Status.PROCESSING)
# Nothing is out with a rail, and the next step is to send. Only here can a payout be due.
WAITING_STAGES = (Stage.READY, Stage.RETRY_WAIT)

# Nothing moves these on by itself for long, or at all: a person looks at them.
STAGES_OF_PEOPLE = (Stage.UNKNOWN, Stage.NEEDS_REVIEW, Stage.ON_HOLD)


class Authority(StrEnum):
    """On whose word a payout moves."""

    ENGINE = "engine"
    RAIL = "rail"
    OPERATOR = "operator"


STAGES: Mapping[Status, frozenset[Stage]] = {
    Status.NEW: frozenset(
        {Stage.READY, Stage.SCHEDULED, Stage.AWAITING_APPROVAL, Stage.AWAITING_FUNDS, Stage.ON_HOLD}
    ),
    Status.PROCESSING: frozenset(
        {Stage.SENDING, Stage.ACCEPTED, Stage.UNKNOWN, Stage.RETRY_WAIT, Stage.NEEDS_REVIEW}
    ),
    Status.COMPLETED: frozenset({Stage.SENT, Stage.CONFIRMED}),
    Status.FAILED: frozenset({Stage.REJECTED, Stage.BLOCKED, Stage.DECLINED, Stage.EXPIRED}),
    Status.CANCELED: frozenset({Stage.BY_USER, Stage.BY_SYSTEM}),
    Status.RETURNED: frozenset({Stage.RETURNED, Stage.RECALLED}),
}

_BY_ENGINE, _BY_RAIL, _BY_OPERATOR = (frozenset({authority}) for authority in Authority)

MOVES: Mapping[tuple[Status, Status], frozenset[Authority]] = {
    (Status.NEW, Status.PROCESSING): _BY_ENGINE | _BY_OPERATOR,
    (Status.NEW, Status.FAILED): _BY_ENGINE | _BY_OPERATOR,
    (Status.NEW, Status.CANCELED): _BY_ENGINE | _BY_OPERATOR,
    (Status.PROCESSING, Status.COMPLETED): _BY_RAIL | _BY_OPERATOR,
    (Status.PROCESSING, Status.FAILED): _BY_RAIL | _BY_OPERATOR,
    (Status.PROCESSING, Status.RETURNED): _BY_RAIL,
    (Status.PROCESSING, Status.CANCELED): _BY_RAIL,
    (Status.COMPLETED, Status.RETURNED): _BY_RAIL | _BY_OPERATOR,
    # A rail's correction: it had reported an execution that did not take place, and proves that.
    (Status.COMPLETED, Status.FAILED): _BY_RAIL,
    # The explicit retry of a payout that failed with proof; it makes a new attempt.
    (Status.FAILED, Status.NEW): _BY_ENGINE,
}


class InvalidTransition(Invalid):
    code = "invalid_status_transition"
    title = "The payout cannot move to this status"

    def __init__(self, current: Status, target: Status) -> None:
        super().__init__(f"Invalid status transition from {current.value} to {target.value}")


def is_move_allowed(current: Status, target: Status, *, by: Authority) -> bool:
    return by in MOVES.get((current, target), frozenset())


def ensure_move(current: Status, target: Status, *, by: Authority) -> None:
    """Raises InvalidTransition."""
    if not is_move_allowed(current, target, by=by):
        raise InvalidTransition(current, target)
