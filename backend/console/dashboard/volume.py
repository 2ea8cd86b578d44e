"""Payouts by day and by status: for the chart, and for the table that says the same without one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from console.payouts.pills import STATUS_WORDS
from payouts.domain.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from payouts.domain.figures import DayFigures

# From the bottom of a bar to its top.
_STATUSES = (
    Status.COMPLETED,
    Status.PROCESSING,
    Status.NEW,
    Status.RETURNED,
    Status.FAILED,
    Status.CANCELED,
)


@dataclass(frozen=True)
class DayRow:
    """`counts` stand in the order of the volume's statuses."""

    day: date
    counts: Sequence[int]

    @property
    def labeled(self) -> list[tuple[str, int]]:
        return [(STATUS_WORDS[status], count) for status, count in zip(_STATUSES, self.counts, strict=True)]

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True)
class VolumeByDay:
    """Every day of the time has its row, also one without payouts."""

    rows: Sequence[DayRow]

    @property
    def statuses(self) -> list[str]:
        return [STATUS_WORDS[status] for status in _STATUSES]

    @property
    def is_empty(self) -> bool:
        return not any(row.total for row in self.rows)

    @property
    def chart(self) -> dict[str, Any]:
        """What `dashboard.js` draws."""
        by_status = zip(_STATUSES, zip(*(row.counts for row in self.rows), strict=True), strict=True)
        return {
            "days": [f"{row.day:%d %b}" for row in self.rows],
            "series": [
                {"status": status.value.lower(), "title": STATUS_WORDS[status], "counts": list(counts)}
                for status, counts in by_status
            ],
        }


def volume_by_day(figures: Iterable[DayFigures], *, first: date, days: int) -> VolumeByDay:
    """Of all currencies: payouts can be added up where amounts cannot."""
    counts: Counter[tuple[date, Status]] = Counter()
    for day in figures:
        for each in day.currencies:
            for status, volume in each.by_status.items():
                counts[day.day, status] += volume.count
    every_day = [first + timedelta(days=number) for number in range(days)]
    return VolumeByDay([DayRow(day, [counts[day, status] for status in _STATUSES]) for day in every_day])
