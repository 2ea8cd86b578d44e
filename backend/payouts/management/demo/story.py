"""One payout of the past: how it moves, and what is written down of that, as the use cases do it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from core.actor import ENGINE, rail_actor
from payouts.application.new_attempt import new_attempt
from payouts.application.payout_events import payout_event
from payouts.domain.attempt import AttemptState
from payouts.domain.events import PayoutEvent
from payouts.domain.status import Stage, Status
from payouts.management.demo.told import told
from payouts.rails import SANDBOX

if TYPE_CHECKING:
    from random import Random

    from events.models import Event
    from payouts.domain.failure import Failure
    from payouts.models import Payout, PayoutAttempt

BANK = rail_actor(SANDBOX)
# When what is still open would be sent, or asked about: never, but with a time, since without one it would
# be shown as left behind by a restore.
DORMANT = timedelta(days=36_500)
# However long something takes, it has happened before now.
_LATEST = 0.9


@dataclass
class Story:
    payout: Payout
    rng: Random
    until: datetime
    attempts: list[PayoutAttempt] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.moment = self.payout.created_at

    @property
    def attempt(self) -> PayoutAttempt:
        return self.attempts[-1]

    @property
    def dormant_until(self) -> datetime:
        return self.until + DORMANT

    def wait(self, seconds: float) -> None:
        self.moment += min(timedelta(seconds=seconds), (self.until - self.moment) * _LATEST)

    def wait_about(self, seconds: float) -> None:
        """As long as such things take: mostly less than this, now and then very much longer."""
        self.wait(seconds * self.rng.lognormvariate(0, 0.9))

    def move(
        self,
        event: PayoutEvent,
        status: Status,
        stage: Stage,
        *,
        actor: str,
        details: str = "",
        next_run_at: datetime | None = None,
        **facts: Any,
    ) -> None:
        """Afterwards the payout is there, and an event tells of it."""
        payout = self.payout
        payout.status, payout.stage, payout.status_details = status.value, stage.value, details
        payout.next_run_at, payout.updated_at = next_run_at, self.moment
        self.tell(event, actor=actor, reason=details, **facts)

    def tell(self, event: PayoutEvent, *, actor: str, **facts: Any) -> None:
        told_of = payout_event(self.payout, event, actor=actor, **facts)
        is_asked_for = actor.startswith(("operator:", "api-key:"))
        request_id = str(UUID(int=self.rng.getrandbits(128), version=4)) if is_asked_for else ""
        self.events.append(told(told_of, at=self.moment, request_id=request_id))

    def begin_attempt(self, *, rail: str, state: AttemptState) -> None:
        self.payout.attempts_made += 1
        self.attempts.append(
            new_attempt(
                self.payout,
                number=self.payout.attempts_made,
                rail=rail,
                first_sent_at=self.moment,
                state=state.value,
                created_at=self.moment,
                updated_at=self.moment,
            )
        )

    def send(self) -> None:
        """A worker claims it. The lease has no end: otherwise it would be given up in a moment."""
        self.wait(self.rng.uniform(0.05, 2.5))
        self.begin_attempt(rail=self.payout.rail, state=AttemptState.SENDING)
        self.move(
            PayoutEvent.SENDING, Status.PROCESSING, Stage.SENDING, actor=ENGINE, **self.facts_of_attempt
        )

    @property
    def facts_of_attempt(self) -> dict[str, Any]:
        return {"attempt": self.attempt.number, "rail_key": self.attempt.rail_key}

    def answer(
        self,
        event: PayoutEvent,
        status: Status,
        stage: Stage,
        state: AttemptState,
        *,
        actor: str = BANK,
        details: str = "",
        failure: Failure | None = None,
        evidence: dict[str, Any] | None = None,
        next_run_at: datetime | None = None,
        next_inquiry_at: datetime | None = None,
    ) -> None:
        """What an answer about the latest attempt makes of it, and of the payout."""
        attempt, found = self.attempt, failure.as_json() if failure else None
        attempt.state, attempt.updated_at = state.value, self.moment
        attempt.evidence |= evidence or {}
        attempt.failure = found or attempt.failure
        attempt.next_inquiry_at = next_inquiry_at
        if status is Status.COMPLETED:
            self.payout.completed_at = self.moment
        # A failure that a retry follows is the attempt's alone.
        self.payout.failure = found if status is Status.FAILED else None
        self.move(
            event,
            status,
            stage,
            actor=actor,
            details=details,
            next_run_at=next_run_at,
            failure=found,
            evidence=evidence,
            **self.facts_of_attempt,
        )
