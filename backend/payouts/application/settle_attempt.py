"""A person's word on an open attempt, through the same door as the rail's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from payouts.application.record_outcomes import Answer, record_outcomes
from payouts.domain.attempt import AttemptState
from payouts.domain.settlement import is_open_to_judgement
from payouts.domain.status import Authority
from payouts.rails import MANUAL, get_rail

if TYPE_CHECKING:
    from datetime import datetime

    from payouts.domain.rail import Outcome
    from payouts.models import PayoutAttempt


def needs_two_people(attempt: PayoutAttempt) -> bool:
    """Whether the setting asks for a second person's word on what became of this attempt."""
    is_judged = is_open_to_judgement(AttemptState(attempt.state), is_by_hand=attempt.rail == MANUAL)
    return is_judged and bool(settings.SETTLING_NEEDS_TWO_PEOPLE)


def settle_attempt(attempt: PayoutAttempt, outcome: Outcome, *, actor: str, now: datetime) -> None:
    """Record the outcome on the operator's authority."""
    record_outcomes(
        rail=get_rail(attempt.rail),
        answers=[Answer(attempt.rail_key, outcome)],
        authority=Authority.OPERATOR,
        actor=actor,
        now=now,
    )
