from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from payouts.domain.attempt import AttemptState
from payouts.domain.events import PayoutEvent
from payouts.domain.failure import FailureCode, Source
from payouts.domain.outcomes import Contradiction, Decision, decide
from payouts.domain.rail import Accepted, Completed, NotFound, NotSent, Rejected, Returned, Unknown
from payouts.domain.status import Stage, Status
from tests.factories import NOON
from tests.payouts.domain.situations import REFUSED, REFUSED_FOR_NOW, SECOND, TIMING, situation

if TYPE_CHECKING:
    from datetime import datetime

    from payouts.domain.outcomes import Situation
    from payouts.domain.rail import Outcome

NOW = NOON + 60 * SECOND
A_MOMENT = timedelta(microseconds=1)

OUTCOMES: dict[str, Outcome] = {
    "completed": Completed("bank-1", {"reply": "executed"}),
    "returned": Returned("bank-1", {"bank": "returned"}),
    "refused": REFUSED,
    "refused for now": REFUSED_FOR_NOW,
    "accepted": Accepted("bank-1"),
    "not sent": NotSent("The bank cannot be reached."),
    "not found": NotFound(),
    "unknown": Unknown("The bank did not answer."),
}

# What follows from each outcome in each state of the attempt; "-" is nothing, "!" a contradiction. What "stays"
# with a person is not asked about again.
STATES = "sending     not_sent    accepted    unknown     needs_review  succeeded  failed  returned"
FOLLOWS = {
    "completed":       "completed   completed   completed   completed   completed     -          !       -",
    "returned":        "returned    returned    returned    returned    returned      returned   !       -",
    "refused":         "failed      failed      failed      failed      failed        !          -       !",
    "refused for now": "retry       retry       retry       retry       retry         !          -       !",
    "accepted":        "accepted    -           ask_again   accepted    stays         -          -       -",
    "not sent":        "unsent      -           -           -           -             -          -       -",
    "not found":       "-           -           ask_again   retry       stays         -          -       -",
    "unknown":         "unknown     -           ask_again   ask_again   stays         -          -       -",
}  # fmt: skip
CASES = [
    (outcome, AttemptState(state), follows)
    for outcome, row in FOLLOWS.items()
    for state, follows in zip(STATES.split(), row.split(), strict=True)
]

# Event, state of the attempt, status and stage of the payout.
WRITTEN = {
    "completed": (PayoutEvent.COMPLETED, AttemptState.SUCCEEDED, Status.COMPLETED, Stage.CONFIRMED),
    "returned": (PayoutEvent.RETURNED, AttemptState.RETURNED, Status.RETURNED, Stage.RETURNED),
    "failed": (PayoutEvent.FAILED, AttemptState.FAILED, Status.FAILED, Stage.DECLINED),
    "retry": (PayoutEvent.RETRY_SCHEDULED, AttemptState.FAILED, Status.PROCESSING, Stage.RETRY_WAIT),
    "unsent": (PayoutEvent.RETRY_SCHEDULED, AttemptState.NOT_SENT, Status.PROCESSING, Stage.RETRY_WAIT),
    "accepted": (PayoutEvent.ACCEPTED, AttemptState.ACCEPTED, Status.PROCESSING, Stage.ACCEPTED),
    "unknown": (PayoutEvent.OUTCOME_UNKNOWN, AttemptState.UNKNOWN, Status.PROCESSING, Stage.UNKNOWN),
    "review": (PayoutEvent.REVIEW_NEEDED, AttemptState.NEEDS_REVIEW, Status.PROCESSING, Stage.NEEDS_REVIEW),
}


def decision(asked: Situation, outcome: Outcome) -> Decision:
    verdict = decide(asked, outcome, TIMING)
    assert isinstance(verdict, Decision)
    return verdict


def written_by(verdict: Decision) -> tuple[object, ...]:
    return verdict.event, verdict.attempt_state, verdict.status, verdict.stage


def test_it_has_a_rule_for_every_outcome_in_every_state() -> None:
    assert set(STATES.split()) == {state.value for state in AttemptState}
    assert set(FOLLOWS) == set(OUTCOMES)
    assert {type(outcome) for outcome in OUTCOMES.values()} == {
        Completed, Returned, Rejected, Accepted, NotSent, NotFound, Unknown,
    }  # fmt: skip


@pytest.mark.parametrize(("outcome", "state", "follows"), CASES)
def test_it_follows_the_table_of_outcomes(outcome: str, state: AttemptState, follows: str) -> None:
    asked = situation(state)
    verdict = decide(asked, OUTCOMES[outcome], TIMING)

    match follows:
        case "-":
            assert verdict is None
        case "!":
            assert isinstance(verdict, Contradiction)
            assert verdict.details
        case "ask_again" | "stays":
            assert isinstance(verdict, Decision)
            assert written_by(verdict) == (None, state, asked.status, asked.stage)
            assert (verdict.next_inquiry_at is None) is (follows == "stays")
        case _:
            assert isinstance(verdict, Decision)
            assert written_by(verdict) == WRITTEN[follows]


@pytest.mark.parametrize("outcome", ["completed", "returned"])
def test_it_keeps_reference_and_evidence_of_an_end(outcome: str) -> None:
    verdict = decision(situation(AttemptState.UNKNOWN), OUTCOMES[outcome])

    assert verdict.provider_reference == "bank-1"
    assert verdict.evidence
    assert (verdict.failure, verdict.next_run_at, verdict.next_inquiry_at) == (None, None, None)


def test_it_keeps_failure_and_evidence_of_a_refusal() -> None:
    verdict = decision(situation(AttemptState.SENDING), REFUSED)

    assert (verdict.failure, verdict.evidence) == (REFUSED.failure, {"code": "AC04"})
    assert (verdict.next_run_at, verdict.next_inquiry_at) == (None, None)


@pytest.mark.parametrize(("attempts_made", "seconds"), [(1, 2), (2, 4)])
def test_it_waits_longer_before_each_new_attempt(attempts_made: int, seconds: int) -> None:
    asked = situation(AttemptState.SENDING, attempts_made=attempts_made)

    assert decision(asked, REFUSED_FOR_NOW).next_run_at == NOW + seconds * SECOND


@pytest.mark.parametrize("attempts_made", [3, 4])
def test_it_fails_for_good_when_the_last_attempt_is_refused(attempts_made: int) -> None:
    verdict = decision(situation(AttemptState.SENDING, attempts_made=attempts_made), REFUSED_FOR_NOW)

    assert written_by(verdict) == WRITTEN["failed"]
    assert verdict.failure == REFUSED_FOR_NOW.failure
    assert verdict.next_run_at is None


@pytest.mark.parametrize(("claims", "seconds"), [(1, 2), (2, 4), (3, 8), (50, 60)])
def test_it_waits_longer_after_each_claim_that_sent_nothing(claims: int, seconds: int) -> None:
    asked = situation(AttemptState.SENDING, claims=claims, attempts_made=3)
    verdict = decision(asked, OUTCOMES["not sent"])

    assert written_by(verdict) == WRITTEN["unsent"]
    assert verdict.details == "The bank cannot be reached."
    assert (verdict.next_run_at, verdict.next_inquiry_at) == (NOW + seconds * SECOND, None)


def test_it_asks_about_the_unknown_only_after_the_settle_window() -> None:
    verdict = decision(situation(AttemptState.SENDING), OUTCOMES["unknown"])

    assert verdict.details == "The bank did not answer."
    assert (verdict.next_run_at, verdict.next_inquiry_at) == (None, NOW + TIMING.settle_window)


def test_it_asks_of_its_own_accord_when_an_acceptance_is_old() -> None:
    verdict = decision(situation(AttemptState.SENDING), OUTCOMES["accepted"])

    assert verdict.provider_reference == "bank-1"
    assert (verdict.next_run_at, verdict.next_inquiry_at) == (None, NOW + TIMING.accepted_patience)


@pytest.mark.parametrize(
    ("waited", "is_proof"),
    [
        (timedelta(), False),
        (TIMING.settle_window - A_MOMENT, False),
        (TIMING.settle_window, True),
        (TIMING.settle_window + A_MOMENT, True),
    ],
)
def test_it_takes_not_found_for_proof_only_after_the_settle_window(
    waited: timedelta,
    is_proof: bool,  # noqa: FBT001  a column of the table
) -> None:
    asked = situation(AttemptState.UNKNOWN, unknown_since=NOW - waited, inquiries=2)
    verdict = decision(asked, NotFound())

    if is_proof:
        assert written_by(verdict) == WRITTEN["retry"]
        assert (verdict.next_run_at, verdict.next_inquiry_at) == (NOW, None)
        assert verdict.evidence
    else:
        assert verdict.event is None
        assert (verdict.next_run_at, verdict.next_inquiry_at) == (None, NOW + 4 * SECOND)


def test_it_takes_not_found_for_no_proof_when_nobody_knows_since_when_it_is_unknown() -> None:
    verdict = decision(situation(AttemptState.UNKNOWN, unknown_since=None), NotFound())

    assert verdict.event is None


def test_it_counts_the_settle_window_from_the_unknown_and_not_from_the_sending() -> None:
    long_ago = NOW - 100 * TIMING.settle_window
    asked = situation(AttemptState.UNKNOWN, first_sent_at=long_ago, unknown_since=NOW)

    assert decision(asked, NotFound()).next_run_at is None


def test_it_never_takes_not_found_for_proof_once_the_rail_had_accepted() -> None:
    asked = situation(AttemptState.ACCEPTED, unknown_since=NOON - 100 * SECOND)

    assert decision(asked, NotFound()).event is None


@pytest.mark.parametrize("attempts_made", [3, 4])
def test_it_fails_for_good_when_no_attempt_reached_the_rail(attempts_made: int) -> None:
    verdict = decision(situation(AttemptState.UNKNOWN, attempts_made=attempts_made), NotFound())

    assert written_by(verdict) == WRITTEN["failed"]
    assert verdict.failure is not None
    assert (verdict.failure.code, verdict.failure.source) == (FailureCode.PROVIDER_ERROR, Source.ENGINE)
    assert verdict.evidence


@pytest.mark.parametrize("outcome", ["accepted", "not found", "unknown"])
@pytest.mark.parametrize(
    ("now", "is_over"),
    [
        (NOON + TIMING.horizon - A_MOMENT, False),
        (NOON + TIMING.horizon, True),
        (NOON + 100 * TIMING.horizon, True),
    ],
)
def test_it_calls_a_person_at_the_horizon_and_not_before(
    outcome: str,
    now: datetime,
    is_over: bool,  # noqa: FBT001  a column of the table
) -> None:
    verdict = decision(situation(AttemptState.ACCEPTED, now=now), OUTCOMES[outcome])

    assert (verdict.event is PayoutEvent.REVIEW_NEEDED) is is_over
    assert (verdict.next_inquiry_at is None) is is_over
    assert verdict.details
    if is_over:
        assert written_by(verdict) == WRITTEN["review"]


def test_it_calls_a_person_about_the_unknown_too_at_the_horizon() -> None:
    asked = situation(AttemptState.UNKNOWN, now=NOON + TIMING.horizon)

    assert written_by(decision(asked, OUTCOMES["unknown"])) == WRITTEN["review"]


@pytest.mark.parametrize("waited", [timedelta(), TIMING.settle_window, 100 * TIMING.settle_window])
def test_it_takes_not_found_for_no_proof_while_a_person_has_it_in_hand(waited: timedelta) -> None:
    asked = situation(AttemptState.NEEDS_REVIEW, unknown_since=NOW - waited)
    verdict = decision(asked, NotFound())

    assert (verdict.event, verdict.next_run_at, verdict.next_inquiry_at) == (None, None, None)
    assert verdict.details == "The rail does not know the order."


def test_it_still_takes_proof_beyond_the_horizon() -> None:
    asked = situation(AttemptState.UNKNOWN, now=NOON + 100 * TIMING.horizon)

    assert written_by(decision(asked, NotFound())) == WRITTEN["retry"]
    assert written_by(decision(asked, OUTCOMES["completed"])) == WRITTEN["completed"]


@pytest.mark.parametrize(("inquiries", "seconds"), [(0, 1), (1, 2), (2, 4), (40, 30)])
def test_it_asks_again_after_longer_and_longer_waits(inquiries: int, seconds: int) -> None:
    verdict = decision(situation(AttemptState.UNKNOWN, inquiries=inquiries), OUTCOMES["unknown"])

    assert verdict.next_inquiry_at == NOW + seconds * SECOND


def test_it_believes_an_execution_that_comes_before_the_retry_of_a_refused_attempt() -> None:
    waiting = situation(AttemptState.FAILED, status=Status.PROCESSING, stage=Stage.RETRY_WAIT)

    assert written_by(decision(waiting, OUTCOMES["completed"])) == WRITTEN["completed"]


@pytest.mark.parametrize("stage", [Stage.SENDING, Stage.ACCEPTED, Stage.UNKNOWN, Stage.NEEDS_REVIEW])
def test_it_calls_it_a_contradiction_when_the_next_attempt_is_out_already(stage: Stage) -> None:
    retried = situation(AttemptState.FAILED, status=Status.PROCESSING, stage=stage, attempts_made=2)

    assert isinstance(decide(retried, OUTCOMES["completed"], TIMING), Contradiction)


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("state", AttemptState)
def test_it_never_makes_due_what_may_have_been_executed(outcome: str, state: AttemptState) -> None:
    early = replace(situation(state), unknown_since=NOW)
    verdict = decide(early, OUTCOMES[outcome], TIMING)

    if isinstance(verdict, Decision) and verdict.next_run_at is not None:
        assert outcome in {"refused for now", "not sent"}
