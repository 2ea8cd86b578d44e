"""What an operator has to look at, counted in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from payouts.domain.settlement import SettlementState
from payouts.domain.status import Stage, Status
from payouts.selectors.figures import start_of_day

if TYPE_CHECKING:
    from datetime import datetime

# Beyond it nobody cares for the number, and counting would take as long as there are rows.
MOST_COUNTED = 1_000

# Each counts no further than to what is told, by an index of its own.
_COUNTS = """
SELECT
  (SELECT count(*) FROM (
    SELECT FROM payouts_payout
    WHERE organization_id = %(organization_id)s AND deleted_at IS NULL AND stage = %(unknown)s
    LIMIT %(most)s) AS found),
  (SELECT count(*) FROM (
    SELECT FROM payouts_payout
    WHERE organization_id = %(organization_id)s AND deleted_at IS NULL AND stage = %(needs_review)s
    LIMIT %(most)s) AS found),
  (SELECT count(*) FROM (
    SELECT FROM payouts_payout
    WHERE organization_id = %(organization_id)s AND deleted_at IS NULL AND stage = %(on_hold)s
    LIMIT %(most)s) AS found),
  (SELECT count(*) FROM (
    SELECT FROM payouts_payout
    WHERE organization_id = %(organization_id)s AND deleted_at IS NULL AND status = %(failed)s
      AND created_at >= %(today)s
    LIMIT %(most)s) AS found),
  (SELECT count(*) FROM (
    SELECT FROM payouts_settlement
    WHERE organization_id = %(organization_id)s AND state = %(proposed)s
    LIMIT %(most)s) AS found)
"""


@dataclass(frozen=True)
class BoundedCount:
    """`is_more`: counting ended at MOST_COUNTED, and there are more."""

    count: int
    is_more: bool = False

    def __str__(self) -> str:
        return f"{self.count:,}+" if self.is_more else f"{self.count:,}"


@dataclass(frozen=True)
class NeedsPerson:
    """`failed`: of the payouts asked for since the day began (UTC). `proposed`: settlements of one person."""

    unknown: BoundedCount
    needs_review: BoundedCount
    on_hold: BoundedCount
    failed: BoundedCount
    proposed: BoundedCount


def count_what_needs_a_person(*, organization_id: int, now: datetime) -> NeedsPerson:
    values: dict[str, Any] = {
        "organization_id": organization_id,
        "today": start_of_day(now),
        "most": MOST_COUNTED + 1,
        "unknown": Stage.UNKNOWN.value,
        "needs_review": Stage.NEEDS_REVIEW.value,
        "on_hold": Stage.ON_HOLD.value,
        "failed": Status.FAILED.value,
        "proposed": SettlementState.PROPOSED.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, values)
        return NeedsPerson(*(_bounded(count) for count in cursor.fetchall()[0]))


def _bounded(found: int) -> BoundedCount:
    return BoundedCount(min(found, MOST_COUNTED), is_more=found > MOST_COUNTED)
