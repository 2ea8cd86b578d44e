"""When a person may settle, by their word, what became of an attempt."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from core.exceptions import Conflict, Forbidden
from payouts.domain.attempt import AttemptState
from payouts.domain.failure import Failure, FailureCode, Source
from payouts.domain.rail import Completed, Rejected, Returned
from payouts.domain.status import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payouts.domain.rail import Outcome


class Verdict(StrEnum):
    """What a person says that an attempt has come to."""

    PAID = "paid"
    NOT_PAID = "not_paid"

    @property
    def target(self) -> Status:
        return Status.COMPLETED if self is Verdict.PAID else Status.FAILED


class SettlementState(StrEnum):
    PROPOSED = "proposed"
    """One person has said it, and waits for the word of another."""
    CARRIED_OUT = "carried_out"
    REFUSED = "refused"
    OVERTAKEN = "overtaken"
    """The payout moved by another word, most often the rail's, before the second person spoke."""


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


class NothingToSettle(Conflict):
    code = "nothing_to_settle"
    title = "No outcome of this payout is open"

    def __init__(self) -> None:
        super().__init__("No attempt of this payout waits for a person's word.")


class SecondPersonNeeded(Conflict):
    code = "second_person_needed"
    title = "Two people settle an outcome"

    def __init__(self) -> None:
        super().__init__(
            "This needs the word of two people: propose it on the payout's page in the console (/admin/), "
            "where somebody else approves it."
        )


class OwnSettlement(Forbidden):
    code = "own_settlement"
    title = "The second word is another person's"

    def __init__(self) -> None:
        super().__init__("You have proposed this yourself: somebody else has to approve it.")


class SettlementIsOpen(Conflict):
    code = "settlement_is_open"
    title = "A settlement is proposed already"

    def __init__(self) -> None:
        super().__init__("How this payout is settled is proposed already, and waits for a second person.")


class SettlementIsDecided(Conflict):
    code = "settlement_is_decided"
    title = "The settlement waits for nobody"

    def __init__(self, state: SettlementState) -> None:
        was = "approved" if state is SettlementState.CARRIED_OUT else state.value
        super().__init__(f"This settlement was {was} before.")


class SettlementOvertaken(Conflict):
    code = "settlement_overtaken"
    title = "The payout has moved since the settlement was proposed"

    def __init__(self) -> None:
        super().__init__("The payout has moved since this was proposed. Look at what became of it.")


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


def is_open_to_judgement(state: AttemptState, *, is_by_hand: bool) -> bool:
    """Whether nobody but a person can say now what became of the attempt."""
    return state in _OPEN_TO_JUDGEMENT or (is_by_hand and state is AttemptState.ACCEPTED)


def ensure_open_to_judgement(state: AttemptState, *, is_by_hand: bool) -> None:
    """Raises AttemptIsOut or NothingToSettle."""
    if is_open_to_judgement(state, is_by_hand=is_by_hand):
        return
    if state in {AttemptState.SENDING, AttemptState.ACCEPTED}:
        raise AttemptIsOut
    raise NothingToSettle


def ensure_proposed(state: SettlementState) -> None:
    """Raises SettlementOvertaken or SettlementIsDecided."""
    if state is SettlementState.OVERTAKEN:
        raise SettlementOvertaken
    if state is not SettlementState.PROPOSED:
        raise SettlementIsDecided(state)


def outcome_by_hand(target: Status, evidence: Mapping[str, str]) -> Outcome:
    """The word of people as an outcome; their names and reasons are its evidence."""
    if target is Status.COMPLETED:
        return Completed("", evidence)
    if target is Status.RETURNED:
        return Returned("", evidence)
    return Rejected(refusal_by_hand(evidence["reason"]), evidence)


def refusal_by_hand(reason: str) -> Failure:
    return Failure(FailureCode.UNKNOWN, Source.OPERATOR, message=reason)
