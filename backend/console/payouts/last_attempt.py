"""The attempt that decides what can be done with a payout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payouts.domain.attempt import ASKABLE_STATES, AttemptState
from payouts.domain.settlement import is_open_to_judgement
from payouts.rails import MANUAL

if TYPE_CHECKING:
    from payouts.models import Payout, PayoutAttempt

_NOTHING_OUT = {AttemptState.NOT_SENT, AttemptState.FAILED}


def last_attempt_of(payout: Payout) -> PayoutAttempt | None:
    """Of those that the page has loaded."""
    return max(payout.attempts.all(), key=lambda attempt: attempt.number, default=None)


def is_in_hand(attempt: PayoutAttempt | None) -> bool:
    """Whether the bank, or a person who pays by hand, may have executed it."""
    return attempt is not None and AttemptState(attempt.state) not in _NOTHING_OUT


def waits_for_judgement(attempt: PayoutAttempt | None) -> bool:
    if attempt is None:
        return False
    return is_open_to_judgement(AttemptState(attempt.state), is_by_hand=attempt.rail == MANUAL)


def can_be_asked_about(attempt: PayoutAttempt | None) -> bool:
    """Whether a question makes sense, and none of a person is under way."""
    if attempt is None or attempt.rail == MANUAL or attempt.inquiry_requested_by:
        return False
    return AttemptState(attempt.state) in ASKABLE_STATES
