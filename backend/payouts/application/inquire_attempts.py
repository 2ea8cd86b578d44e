from __future__ import annotations

from typing import TYPE_CHECKING

from core.actor import rail_actor
from core.crash_points import crash_points
from core.tracing import batch, step
from database.transactions import in_transaction
from payouts.application.naming import names_of
from payouts.application.record_outcomes import Answer, record_outcomes
from payouts.domain.status import Authority
from payouts.repositories.attempts import take_attempts_to_ask_about

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from payouts.domain.rail import Outcome, Rail
    from payouts.models import PayoutAttempt


def inquire_attempts(*, rail: Rail, now: datetime) -> int:
    """Ask the rail about one batch of what is open and due to be asked; returns how many.

    Nothing is asked while the rail takes no questions: what is due to be asked about stays due. `now` by the
    database's clock. The answers count as of that moment, before the question was asked, so that "not found"
    is only ever taken for proof if the settle window had passed by then.
    """
    attempts = _take(rail, now) if rail.takes_questions else []
    if not attempts:
        return 0
    with batch("inquire_attempts", rail=rail.code):
        outcomes = _ask(rail, attempts)
        crash_points.reach("inquire_attempts.answered")
        record_outcomes(
            rail=rail,
            answers=[
                Answer(attempt.rail_key, outcomes[attempt.rail_key], inquiries=1) for attempt in attempts
            ],
            authority=Authority.RAIL,
            actor=rail_actor(rail.code),
            now=now,
        )
    return len(attempts)


def _ask(rail: Rail, attempts: Sequence[PayoutAttempt]) -> Mapping[str, Outcome]:
    with step("inquire", rail=rail.code) as asking:
        for attempt in attempts:
            names = names_of(attempt.payout)
            asking.concern(attempt.payout.traceparent, names | {"attempt": attempt.number})
        return rail.inquire([attempt.rail_key for attempt in attempts])


@in_transaction("take_attempts_to_ask_about")
def _take(rail: Rail, now: datetime) -> list[PayoutAttempt]:
    return take_attempts_to_ask_about(
        rail=rail.code, limit=rail.capabilities.largest_batch, now=now, taken_until=now + rail.timing.lease
    )
