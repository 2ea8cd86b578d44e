"""What became of the payouts that were asked for in a time: the figures that operators see first."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import accumulate
from operator import attrgetter
from typing import TYPE_CHECKING

from payouts.domain.status import OPEN_STATUSES, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

# The bounds between which times to completion are counted: each a tenth longer than the one before, from a
# tenth of a second to 18 days, so that what is said of them is at most a tenth too long.
_FIRST_BOUND_SECONDS, _STEP, _BOUNDS = 0.1, 1.1, 175
DURATION_BOUNDS: tuple[timedelta, ...] = tuple(
    timedelta(seconds=_FIRST_BOUND_SECONDS * _STEP**number) for number in range(_BOUNDS)
)
_MEDIAN, _P95 = 0.5, 0.95


@dataclass(frozen=True)
class Volume:
    """How many payouts, and how much they come to, in minor units of their currency."""

    count: int = 0
    amount_minor: int = 0

    def __add__(self, other: Volume) -> Volume:
        return Volume(self.count + other.count, self.amount_minor + other.amount_minor)


@dataclass(frozen=True)
class CurrencyFigures:
    """Of the payouts in one currency. `durations` counts completions by DURATION_BOUNDS, longer ones last."""

    currency: str
    by_status: Mapping[Status, Volume]
    durations: Mapping[int, int] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return sum(volume.count for volume in self.by_status.values())

    @classmethod
    def taken_together(cls, currency: str, several: Iterable[CurrencyFigures]) -> CurrencyFigures:
        by_status: dict[Status, Volume] = defaultdict(Volume)
        durations: dict[int, int] = defaultdict(int)
        for each in several:
            for status, volume in each.by_status.items():
                by_status[status] += volume
            for bucket, count in each.durations.items():
                durations[bucket] += count
        return cls(currency, dict(by_status), dict(durations))

    @property
    def paid(self) -> Volume:
        return self._of(Status.COMPLETED)

    @property
    def in_flight(self) -> Volume:
        """Short of an end: also what waits for a person."""
        return sum((self._of(status) for status in OPEN_STATUSES), Volume())

    @property
    def failed(self) -> Volume:
        return self._of(Status.FAILED)

    @property
    def returned(self) -> Volume:
        return self._of(Status.RETURNED)

    @property
    def canceled(self) -> Volume:
        return self._of(Status.CANCELED)

    @property
    def success_rate(self) -> float | None:
        return success_rate([self])

    @property
    def median(self) -> timedelta | None:
        return duration_at(_MEDIAN, [self])

    @property
    def p95(self) -> timedelta | None:
        return duration_at(_P95, [self])

    def _of(self, status: Status) -> Volume:
        return self.by_status.get(status, Volume())


@dataclass(frozen=True)
class DayFigures:
    """Of the payouts that were asked for on one day (UTC), by currency."""

    day: date
    currencies: Sequence[CurrencyFigures]


@dataclass(frozen=True)
class Figures:
    """Currencies by how many payouts they have; days, those that have payouts, in their order."""

    currencies: Sequence[CurrencyFigures]
    days: Sequence[DayFigures]

    @classmethod
    def of(cls, days: Iterable[DayFigures]) -> Figures:
        each = sorted(days, key=attrgetter("day"))
        by_currency: dict[str, list[CurrencyFigures]] = defaultdict(list)
        for figures in (figures for day in each for figures in day.currencies):
            by_currency[figures.currency].append(figures)
        currencies = [CurrencyFigures.taken_together(*several) for several in by_currency.items()]
        return cls(sorted(currencies, key=lambda figures: (-figures.count, figures.currency)), each)

    @property
    def success_rate(self) -> float | None:
        return success_rate(self.currencies)

    @property
    def median(self) -> timedelta | None:
        return duration_at(_MEDIAN, self.currencies)

    @property
    def p95(self) -> timedelta | None:
        return duration_at(_P95, self.currencies)


def success_rate(several: Iterable[CurrencyFigures]) -> float | None:
    """Of those that came to an end over a rail, the part that stayed paid; None when none did.

    What was canceled or is under way says nothing of success.
    """
    each = list(several)
    paid = sum(figures.paid.count for figures in each)
    ended = paid + sum(figures.failed.count + figures.returned.count for figures in each)
    return paid / ended if ended else None


def duration_at(share: float, several: Iterable[CurrencyFigures]) -> timedelta | None:
    """Within what time, from request to completion, this share was completed; None when none was.

    At most a tenth too long, and never longer than the last of DURATION_BOUNDS. A payout that came back
    counts: it had been completed.
    """
    counts = [0] * (len(DURATION_BOUNDS) + 1)
    for figures in several:
        for bucket, count in figures.durations.items():
            counts[bucket] += count
    reached = list(accumulate(counts))
    if not reached[-1]:
        return None
    bucket = bisect_left(reached, share * reached[-1])
    return DURATION_BOUNDS[min(bucket, len(DURATION_BOUNDS) - 1)]
