"""Where attempts stand when an answer comes in, for the tests of what follows from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from payouts.domain.attempt import AttemptState
from payouts.domain.backoff import Backoff
from payouts.domain.failure import failure_of_rail
from payouts.domain.outcomes import Situation
from payouts.domain.rail import Rejected, Timing
from payouts.domain.status import Stage, Status
from tests.factories import NOON

if TYPE_CHECKING:
    from collections.abc import Mapping

SECOND = timedelta(seconds=1)

TIMING = Timing(
    lease=10 * SECOND,
    settle_window=5 * SECOND,
    accepted_patience=20 * SECOND,
    inquiry_backoff=Backoff(first=SECOND, longest=30 * SECOND),
    retry_backoff=Backoff(first=2 * SECOND, longest=60 * SECOND),
    horizon=300 * SECOND,
    most_attempts=3,
)

REFUSED = Rejected(failure_of_rail("account_closed", message="Closed.", retryable=False), {"code": "AC04"})
REFUSED_FOR_NOW = Rejected(
    failure_of_rail("bank_unavailable", message="Later.", retryable=True), {"code": "503"}
)

_PAYOUT_OF: Mapping[AttemptState, tuple[Status, Stage]] = {
    AttemptState.SENDING: (Status.PROCESSING, Stage.SENDING),
    AttemptState.NOT_SENT: (Status.PROCESSING, Stage.RETRY_WAIT),
    AttemptState.ACCEPTED: (Status.PROCESSING, Stage.ACCEPTED),
    AttemptState.UNKNOWN: (Status.PROCESSING, Stage.UNKNOWN),
    AttemptState.NEEDS_REVIEW: (Status.PROCESSING, Stage.NEEDS_REVIEW),
    AttemptState.SUCCEEDED: (Status.COMPLETED, Stage.CONFIRMED),
    AttemptState.FAILED: (Status.FAILED, Stage.DECLINED),
    AttemptState.RETURNED: (Status.RETURNED, Stage.RETURNED),
}


def situation(state: AttemptState, **changes: Any) -> Situation:
    """The first attempt in this state, sent at noon, its outcome unknown since then; a minute has passed."""
    status, stage = _PAYOUT_OF[state]
    usual = Situation(
        status=status,
        stage=stage,
        attempt_state=state,
        attempts_made=1,
        claims=1,
        inquiries=0,
        first_sent_at=NOON,
        unknown_since=NOON if state is AttemptState.UNKNOWN else None,
        now=NOON + 60 * SECOND,
    )
    return replace(usual, **changes)
