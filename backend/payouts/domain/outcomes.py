"""What an answer about an attempt makes of it and of its payout. Pure: no clock, no database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from payouts.domain.attempt import ASKABLE_STATES, LIVE_STATES, AttemptState
from payouts.domain.events import PayoutEvent
from payouts.domain.failure import Failure, FailureCode, Source
from payouts.domain.rail import Accepted, Completed, NotFound, NotSent, Rejected, Returned, Unknown
from payouts.domain.status import Stage, Status

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from payouts.domain.rail import Outcome, Timing


@dataclass(frozen=True)
class Situation:
    """Where an attempt and its payout stand when an answer comes in.

    `claims` is how often the attempt was claimed for sending, `inquiries` how often the rail was asked.
    """

    status: Status
    stage: Stage
    attempt_state: AttemptState
    attempts_made: int
    claims: int
    inquiries: int
    first_sent_at: datetime
    unknown_since: datetime | None
    now: datetime


@dataclass(frozen=True)
class Decision:
    """What is written: the attempt's and the payout's new state, and the event that tells of it.

    Without an event only the attempt is touched: the rail was asked, and there is nothing to tell yet.
    """

    event: PayoutEvent | None
    attempt_state: AttemptState
    status: Status
    stage: Stage
    failure: Failure | None = None
    details: str = ""
    provider_reference: str = ""
    evidence: Mapping[str, object] = field(default_factory=dict)
    next_run_at: datetime | None = None
    next_inquiry_at: datetime | None = None


@dataclass(frozen=True)
class Contradiction:
    """The rail says now what cannot be, after what it said before. Nothing moves; a person has to look."""

    details: str


def decide(situation: Situation, outcome: Outcome, timing: Timing) -> Decision | Contradiction | None:
    """The decision that follows from the outcome; None when the outcome tells nothing new."""
    match outcome:
        case Completed():
            return _on_completed(situation, outcome)
        case Returned():
            return _on_returned(situation, outcome)
        case Rejected():
            return _on_rejected(situation, outcome, timing)
        case Accepted():
            return _on_accepted(situation, outcome, timing)
        case NotSent():
            return _on_not_sent(situation, outcome, timing)
        case NotFound():
            return _on_not_found(situation, timing)
        case Unknown():
            return _on_unknown(situation, outcome, timing)


def _on_completed(situation: Situation, outcome: Completed) -> Decision | Contradiction | None:
    if situation.attempt_state in {AttemptState.SUCCEEDED, AttemptState.RETURNED}:
        return None
    if situation.attempt_state not in LIVE_STATES and situation.stage is not Stage.RETRY_WAIT:
        return Contradiction("The rail reports an execution of an attempt that had failed.")
    return Decision(
        PayoutEvent.COMPLETED,
        AttemptState.SUCCEEDED,
        Status.COMPLETED,
        Stage.CONFIRMED,
        provider_reference=outcome.provider_reference,
        evidence=outcome.evidence,
    )


def _on_returned(situation: Situation, outcome: Returned) -> Decision | Contradiction | None:
    if situation.attempt_state is AttemptState.RETURNED:
        return None
    if situation.attempt_state is AttemptState.FAILED:
        return Contradiction("The rail reports a return of an attempt that had failed.")
    return Decision(
        PayoutEvent.RETURNED,
        AttemptState.RETURNED,
        Status.RETURNED,
        Stage.RETURNED,
        provider_reference=outcome.provider_reference,
        evidence=outcome.evidence,
    )


def _on_rejected(situation: Situation, outcome: Rejected, timing: Timing) -> Decision | Contradiction | None:
    if situation.attempt_state is AttemptState.FAILED:
        return None
    if situation.attempt_state not in LIVE_STATES:
        return Contradiction("The rail reports a refusal of an attempt that had succeeded.")
    if outcome.failure.retryable and situation.attempts_made < timing.most_attempts:
        return Decision(
            PayoutEvent.RETRY_SCHEDULED,
            AttemptState.FAILED,
            Status.PROCESSING,
            Stage.RETRY_WAIT,
            failure=outcome.failure,
            evidence=outcome.evidence,
            next_run_at=situation.now + timing.retry_backoff.after(situation.attempts_made),
        )
    return _failed(outcome.failure, outcome.evidence)


def _on_accepted(situation: Situation, outcome: Accepted, timing: Timing) -> Decision | None:
    if situation.attempt_state in {AttemptState.SENDING, AttemptState.UNKNOWN}:
        return Decision(
            PayoutEvent.ACCEPTED,
            AttemptState.ACCEPTED,
            Status.PROCESSING,
            Stage.ACCEPTED,
            provider_reference=outcome.provider_reference,
            next_inquiry_at=situation.now + timing.accepted_patience,
        )
    return _keep_asking(situation, "The rail has not finished.", timing)


def _on_not_sent(situation: Situation, outcome: NotSent, timing: Timing) -> Decision | None:
    if situation.attempt_state is not AttemptState.SENDING:
        return None
    return Decision(
        PayoutEvent.RETRY_SCHEDULED,
        AttemptState.NOT_SENT,
        Status.PROCESSING,
        Stage.RETRY_WAIT,
        details=outcome.reason,
        next_run_at=_when_to_send(situation, outcome, timing),
    )


def _when_to_send(situation: Situation, outcome: NotSent, timing: Timing) -> datetime:
    if outcome.is_rail_away:
        return situation.now + timing.retry_backoff.after(situation.claims)
    return situation.now


def _on_not_found(situation: Situation, timing: Timing) -> Decision | None:
    if not _is_proof_of_absence(situation, timing):
        return _keep_asking(situation, "The rail does not know the order.", timing)
    evidence = {"inquiry": "not found after the settle window"}
    if situation.attempts_made < timing.most_attempts:
        return Decision(
            PayoutEvent.RETRY_SCHEDULED,
            AttemptState.FAILED,
            Status.PROCESSING,
            Stage.RETRY_WAIT,
            evidence=evidence,
            next_run_at=situation.now,
        )
    message = f"None of {situation.attempts_made} attempts reached the rail."
    return _failed(Failure(FailureCode.PROVIDER_ERROR, Source.ENGINE, message=message), evidence)


def _is_proof_of_absence(situation: Situation, timing: Timing) -> bool:
    # An order that the rail had accepted and now denies is a riddle, not a proof.
    if situation.attempt_state is not AttemptState.UNKNOWN or situation.unknown_since is None:
        return False
    return situation.now >= situation.unknown_since + timing.settle_window


def _on_unknown(situation: Situation, outcome: Unknown, timing: Timing) -> Decision | None:
    if situation.attempt_state is not AttemptState.SENDING:
        return _keep_asking(situation, outcome.reason, timing)
    return Decision(
        PayoutEvent.OUTCOME_UNKNOWN,
        AttemptState.UNKNOWN,
        Status.PROCESSING,
        Stage.UNKNOWN,
        details=outcome.reason,
        next_inquiry_at=situation.now + timing.settle_window,
    )


def _keep_asking(situation: Situation, reason: str, timing: Timing) -> Decision | None:
    """Ask again later, or call a person once the horizon is reached. Only for what is still open.

    What a person has in hand stays there, and is not asked about again unless they want it.
    """
    if situation.attempt_state not in ASKABLE_STATES:
        return None
    if situation.attempt_state is AttemptState.NEEDS_REVIEW:
        return _as_it_was(situation, reason, next_inquiry_at=None)
    if situation.now >= situation.first_sent_at + timing.horizon:
        return Decision(
            PayoutEvent.REVIEW_NEEDED,
            AttemptState.NEEDS_REVIEW,
            Status.PROCESSING,
            Stage.NEEDS_REVIEW,
            details=reason,
        )
    pause = timing.inquiry_backoff.after(situation.inquiries + 1)
    return _as_it_was(situation, reason, next_inquiry_at=situation.now + pause)


def _as_it_was(situation: Situation, reason: str, *, next_inquiry_at: datetime | None) -> Decision:
    return Decision(
        None,
        situation.attempt_state,
        situation.status,
        situation.stage,
        details=reason,
        next_inquiry_at=next_inquiry_at,
    )


def _failed(failure: Failure, evidence: Mapping[str, object]) -> Decision:
    return Decision(
        PayoutEvent.FAILED,
        AttemptState.FAILED,
        Status.FAILED,
        Stage.DECLINED,
        failure=failure,
        evidence=evidence,
    )
