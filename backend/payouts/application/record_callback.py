from __future__ import annotations

from typing import TYPE_CHECKING

from core.actor import rail_actor
from core.crash_points import crash_points
from database.clock import database_now
from payouts.application.record_outcomes import Answer, record_outcomes
from payouts.domain.status import Authority

if TYPE_CHECKING:
    from collections.abc import Mapping

    from payouts.domain.rail import Rail


def record_callback(*, rail: Rail, body: bytes, headers: Mapping[str, str]) -> None:
    """Take a rail's own word about its orders, however often and in whatever order it is sent.

    Raises ForgedCallback or UnreadableCallback, and records nothing then.
    """
    outcomes = rail.ingest(body, headers)
    crash_points.reach("record_callback.verified")
    record_outcomes(
        rail=rail,
        answers=[Answer(rail_key, outcome) for rail_key, outcome in outcomes.items()],
        authority=Authority.RAIL,
        actor=rail_actor(rail.code),
        now=database_now(),
    )
