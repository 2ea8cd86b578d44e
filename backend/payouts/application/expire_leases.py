from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from core.actor import ENGINE
from core.crash_points import crash_points
from core.tracing import batch
from payouts.application.record_outcomes import Answer, record_outcomes
from payouts.domain.rail import Unknown
from payouts.domain.status import Authority
from payouts.rails import get_rail
from payouts.repositories.attempts import list_expired_leases

if TYPE_CHECKING:
    from datetime import datetime

BATCH_SIZE = 500


def expire_leases(*, now: datetime) -> int:
    """Declare unknown what a worker claimed and said nothing of in time; returns how many were found.

    Never puts a payout back to due: the worker may have sent it. `now` by the database's clock.
    """
    expired = list_expired_leases(now=now, limit=BATCH_SIZE)
    crash_points.reach("expire_leases.found")
    outcome = Unknown("The worker that sent it did not report.")
    for rail, attempts in groupby(sorted(expired, key=attrgetter("rail")), key=attrgetter("rail")):
        with batch("expire_leases", rail=rail):
            record_outcomes(
                rail=get_rail(rail),
                # Under the fence that was seen: if the worker reports after all, whoever is first decides.
                answers=[Answer(attempt.rail_key, outcome, attempt.fence) for attempt in attempts],
                authority=Authority.ENGINE,
                actor=ENGINE,
                now=now,
            )
    return len(expired)
