"""When the payouts of the demo were asked for: by day more than by night, few at weekends, more each week."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

_HOUR = timedelta(hours=1)
# Monday first.
_DAYS = (1.0, 1.1, 1.05, 1.0, 1.3, 0.45, 0.3)
_HOURS = (1, 1, 1, 1, 1, 2, 4, 7, 12, 16, 18, 17, 13, 15, 18, 19, 17, 13, 9, 6, 4, 3, 2, 1)
_GROWTH = 0.5
# So many come in while the data is being made: what is under way must be young.
JUST_NOW = 14
_NOW_SECONDS = 80.0


def moments(rng: Random, *, count: int, first: datetime, now: datetime) -> Iterator[datetime]:
    """So many times, in order, from `first` to `now`. Memory holds no more than an hour of them."""
    young = min(JUST_NOW, count)
    then = now - timedelta(seconds=_NOW_SECONDS)
    hours = list(_hours(first, then))
    reached = [0.0, *accumulate(_weight(hour, first, then) for hour in hours)]
    per_weight = (count - young) / reached[-1]
    before = 0
    for hour, weight in zip(hours, reached[1:], strict=True):
        until = round(weight * per_weight)
        length = min(_HOUR, then - hour).total_seconds()
        for second in sorted(rng.uniform(0, length) for _ in range(until - before)):
            yield hour + timedelta(seconds=second)
        before = until
    for number in range(young):
        yield then + timedelta(seconds=_NOW_SECONDS * number / young)


def _hours(first: datetime, until: datetime) -> Iterator[datetime]:
    hour = first.replace(minute=0, second=0, microsecond=0)
    while hour < until:
        yield hour
        hour += _HOUR


def _weight(hour: datetime, first: datetime, until: datetime) -> float:
    part = min(_HOUR, until - hour) / _HOUR
    trend = 1 + _GROWTH * ((hour - first) / (until - first))
    return part * trend * _DAYS[hour.weekday()] * _HOURS[hour.hour]
