"""Any history that answers can write, in any order and about any attempt, keeps to the tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from payouts.domain.attempt import ATTEMPT_MOVES, LIVE_STATES, AttemptState
from payouts.domain.outcomes import Decision, Situation, decide
from payouts.domain.rail import Accepted, Completed, NotFound, NotSent, Rejected, Returned, Unknown
from payouts.domain.status import STAGES, Authority, Stage, Status, is_move_allowed
from tests.factories import NOON
from tests.payouts.domain.situations import REFUSED, REFUSED_FOR_NOW, SECOND, TIMING

if TYPE_CHECKING:
    from datetime import datetime

    from payouts.domain.rail import Outcome

# What leads to another attempt or claim stands there more than once, so that histories grow long.
OUTCOMES: list[Outcome] = [
    Completed("bank-1"),
    Accepted("bank-1"),
    REFUSED,
    REFUSED_FOR_NOW,
    NotSent("The bank cannot be reached."),
    NotFound(),
    Unknown("The bank did not answer."),
    Returned("bank-1"),
    *[REFUSED_FOR_NOW] * 2,
    *[NotSent("The bank cannot be reached.")] * 2,
    *[Unknown("The bank did not answer.")] * 2,
    NotFound(),
]
# Around the settle window of five seconds, and beyond the horizon of five minutes.
delays = st.sampled_from([0, 1, 4, 5, 60, 300])


@dataclass
class Attempt:
    first_sent_at: datetime
    state: AttemptState = AttemptState.SENDING
    claims: int = 1
    inquiries: int = 0
    unknown_since: datetime | None = None
    answers: list[tuple[Outcome, bool]] = field(default_factory=list)
    """What the rail said of it, each with whether the settle window had passed since it was unknown."""

    @property
    def is_live(self) -> bool:
        return self.state in LIVE_STATES

    @property
    def is_proved_unexecuted(self) -> bool:
        return any(
            isinstance(outcome, Rejected) or (isinstance(outcome, NotFound) and is_settled)
            for outcome, is_settled in self.answers
        )


class PayoutUnderFire(RuleBasedStateMachine):
    """A payout whose rail answers anything about any attempt at any time. Written as the engine writes it."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.status, self.stage = Status.NEW, Stage.READY
        self.next_run_at: datetime | None = NOON
        self.attempts: list[Attempt] = []

    @precondition(lambda self: self.next_run_at is not None)
    @rule()
    def a_worker_claims_it(self) -> None:
        assert self.next_run_at is not None
        self.now = max(self.now, self.next_run_at)
        unsent = [attempt for attempt in self.attempts if attempt.state is AttemptState.NOT_SENT]
        if unsent:
            (attempt,) = unsent
            self._move_attempt(attempt, AttemptState.SENDING)
            attempt.claims += 1
            attempt.first_sent_at = self.now
        else:
            assert all(attempt.is_proved_unexecuted for attempt in self.attempts)
            assert all(attempt.state is AttemptState.FAILED for attempt in self.attempts)
            self.attempts.append(Attempt(self.now))
        self._move(Status.PROCESSING, Stage.SENDING, Authority.ENGINE)
        self.next_run_at = None

    @precondition(lambda self: self.attempts)
    @rule(outcome=st.sampled_from(OUTCOMES), seconds=delays)
    def an_answer_comes(self, outcome: Outcome, seconds: int) -> None:
        self._take_answer(self.attempts[-1], outcome, seconds)

    @precondition(lambda self: len(self.attempts) > 1)
    @rule(outcome=st.sampled_from(OUTCOMES), seconds=delays, number=st.integers(1, TIMING.most_attempts - 1))
    def a_late_answer_comes(self, outcome: Outcome, seconds: int, number: int) -> None:
        self._take_answer(self.attempts[min(number, len(self.attempts) - 1) - 1], outcome, seconds)

    def _take_answer(self, attempt: Attempt, outcome: Outcome, seconds: int) -> None:
        self.now += seconds * SECOND
        verdict = decide(self._situation(attempt), outcome, TIMING)
        attempt.answers.append((outcome, self._is_settled(attempt)))
        if isinstance(verdict, Decision):
            self._write(attempt, verdict)

    def _situation(self, attempt: Attempt) -> Situation:
        return Situation(
            status=self.status,
            stage=self.stage,
            attempt_state=attempt.state,
            attempts_made=len(self.attempts),
            claims=attempt.claims,
            inquiries=attempt.inquiries,
            first_sent_at=attempt.first_sent_at,
            unknown_since=attempt.unknown_since,
            now=self.now,
        )

    def _is_settled(self, attempt: Attempt) -> bool:
        since = attempt.unknown_since
        return since is not None and self.now >= since + TIMING.settle_window

    def _write(self, attempt: Attempt, decision: Decision) -> None:
        attempt.inquiries += 1
        if decision.attempt_state is AttemptState.UNKNOWN and attempt.state is not AttemptState.UNKNOWN:
            attempt.unknown_since = self.now
        self._move_attempt(attempt, decision.attempt_state)
        if decision.event is None:
            return
        if decision.attempt_state is AttemptState.FAILED:
            assert attempt.is_proved_unexecuted
        if decision.status is Status.COMPLETED:
            assert isinstance(attempt.answers[-1][0], Completed)
        self._move(decision.status, decision.stage, Authority.RAIL)
        self.next_run_at = decision.next_run_at
        if decision.status is Status.COMPLETED:
            self._end_unsent_attempt()

    def _end_unsent_attempt(self) -> None:
        """An earlier attempt, which the rail had refused, was executed after all: this one is never sent."""
        for attempt in self.attempts:
            if attempt.state is AttemptState.NOT_SENT:
                self._move_attempt(attempt, AttemptState.FAILED)

    def _move_attempt(self, attempt: Attempt, state: AttemptState) -> None:
        assert state is attempt.state or state in ATTEMPT_MOVES[attempt.state]
        attempt.state = state

    def _move(self, status: Status, stage: Stage, authority: Authority) -> None:
        assert status is self.status or is_move_allowed(self.status, status, by=authority)
        self.status, self.stage = status, stage

    @invariant()
    def its_stage_is_of_its_status(self) -> None:
        assert self.stage in STAGES[self.status]

    @invariant()
    def at_most_one_attempt_is_live(self) -> None:
        assert sum(attempt.is_live for attempt in self.attempts) <= 1

    @invariant()
    def nothing_is_due_unless_the_payout_waits(self) -> None:
        if self.next_run_at is not None:
            assert self.stage in {Stage.READY, Stage.RETRY_WAIT}

    @invariant()
    def its_end_is_the_end_of_its_attempts(self) -> None:
        if self.status not in {Status.NEW, Status.PROCESSING}:
            assert not any(attempt.is_live for attempt in self.attempts)

    @invariant()
    def it_is_completed_or_returned_exactly_when_an_attempt_is(self) -> None:
        states = {attempt.state for attempt in self.attempts}
        assert (self.status is Status.COMPLETED) is (AttemptState.SUCCEEDED in states)
        assert (self.status is Status.RETURNED) is (AttemptState.RETURNED in states)

    @invariant()
    def it_makes_no_more_attempts_than_the_rail_has(self) -> None:
        assert len(self.attempts) <= TIMING.most_attempts


@pytest.mark.no_cover  # others run these lines; here they run very often
def test_it_keeps_to_the_tables_whatever_the_rail_answers() -> None:
    run_state_machine_as_test(
        PayoutUnderFire,
        settings=settings(max_examples=400, stateful_step_count=25, deadline=None),
    )
