"""When a person may settle, by their word, what became of an attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.exceptions import Conflict
from payouts.domain.attempt import AttemptState
from payouts.domain.failure import Failure, FailureCode, Source
from payouts.domain.rail import Completed, Rejected, Returned
from payouts.domain.status import Status

if TYPE_CHECKING:
    from payouts.domain.rail import Outcome

_OPEN_TO_JUDGEMENT = frozenset({AttemptState.UNKNOWN, AttemptState.NEEDS_REVIEW})
_NOTHING_OUT = frozenset({AttemptState.NOT_SENT, AttemptState.FAILED})


class AttemptIsOut(Conflict):
    code = "attempt_is_out"
    title = "The rail has the payment in hand"

    def __init__(self) -> None:
        super().__init__("An attempt is out with the rail. Wait for its end, or until it is unknown.")


class ReasonNeeded(Conflict):
    code = "reason_needed"
    title = "Settling an unknown outcome needs a reason"

    def __init__(self) -> None:
        super().__init__("The outcome of this payout is unknown. To settle it, give the reason.")


class NothingWasSent(Conflict):
    code = "nothing_was_sent"
    title = "No attempt is open that can have paid"

    def __init__(self) -> None:
        super().__init__("Every attempt so far is proved to have executed nothing: it cannot be completed.")


def ensure_person_may_settle(state: AttemptState, target: Status, *, is_by_hand: bool, reason: str) -> None:
    """Raises AttemptIsOut, ReasonNeeded or NothingWasSent.

    `is_by_hand`: the attempt is on the rail `manual`, so that only a person can know its end.
    """
    if state in _NOTHING_OUT:
        if target is not Status.FAILED:
            raise NothingWasSent
        return
    if is_by_hand or state is AttemptState.SUCCEEDED:
        return
    if state not in _OPEN_TO_JUDGEMENT:
        raise AttemptIsOut
    if not reason:
        raise ReasonNeeded


def outcome_by_hand(target: Status, *, actor: str, reason: str) -> Outcome:
    """The operator's word as an outcome; their name and reason are its evidence."""
    evidence = {"settled_by": actor, "reason": reason}
    if target is Status.COMPLETED:
        return Completed("", evidence)
    if target is Status.RETURNED:
        return Returned("", evidence)
    return Rejected(refusal_by_hand(reason), evidence)


def refusal_by_hand(reason: str) -> Failure:
    return Failure(FailureCode.UNKNOWN, Source.OPERATOR, message=reason)
