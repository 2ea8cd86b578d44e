"""The figures of a period, of which days long past are counted anew only now and then.

What was asked for on a day is at its end soon, and seldom moves later. Today and yesterday are always
counted. What is known of an older day may be some minutes old, and one day is counted anew each time: a
page that refreshes itself goes through all of them. Without Redis everything is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.cache import cache

from infrastructure.redis_breaker import call_redis
from payouts.domain.figures import CurrencyFigures, DayFigures, Figures, Volume
from payouts.domain.status import Status
from payouts.selectors.figures import count_by_day, start_of_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

A_DAY = timedelta(days=1)
KEPT = timedelta(hours=24)
OLD_AFTER = timedelta(minutes=5)
MOST_ANEW = 1


@dataclass(frozen=True)
class _Known:
    counted_at: datetime
    figures: DayFigures


def figures_of(*, organization_id: int, since: datetime, now: datetime) -> Figures:
    """Of the payouts asked for since the day (UTC) of `since` began; days before yesterday as of late.

    Raises PeriodTooLongError.
    """
    first, recent = start_of_day(since), max(start_of_day(since), start_of_day(now) - A_DAY)
    past = [first + number * A_DAY for number in range((recent - first).days)]
    known = _recall(organization_id, past)
    wanted = [day for day in past if day not in known] or _oldest(known, now)
    anew = {
        day: _Known(now, figures)
        for part in _runs(wanted)
        for day, figures in _count(organization_id, part).items()
    }
    _keep(organization_id, anew)
    days = [each.figures for each in (known | anew).values() if each.figures.currencies]
    return Figures.of([*days, *count_by_day(organization_id=organization_id, since=recent, until=now)])


def _oldest(known: Mapping[datetime, _Known], now: datetime) -> list[datetime]:
    old = [day for day, each in known.items() if now - each.counted_at > OLD_AFTER]
    return sorted(sorted(old, key=lambda day: known[day].counted_at)[:MOST_ANEW])


def _runs(days: Sequence[datetime]) -> list[list[datetime]]:
    """Days that follow one another, together: each run is one statement."""
    runs: list[list[datetime]] = []
    for day in days:
        if runs and runs[-1][-1] + A_DAY == day:
            runs[-1].append(day)
        else:
            runs.append([day])
    return runs


def _count(organization_id: int, days: Sequence[datetime]) -> dict[datetime, DayFigures]:
    counted = count_by_day(organization_id=organization_id, since=days[0], until=days[-1] + A_DAY)
    by_day = {each.day: each for each in counted}
    return {day: by_day.get(day.date(), DayFigures(day.date(), ())) for day in days}


def _recall(organization_id: int, days: Sequence[datetime]) -> dict[datetime, _Known]:
    keys = {_key(organization_id, day): day for day in days}
    found: Mapping[str, Any] | None = call_redis(lambda: cache.get_many(list(keys))) if keys else {}
    return {keys[key]: _read(value) for key, value in (found or {}).items()}


def _keep(organization_id: int, known: Mapping[datetime, _Known]) -> None:
    written = {_key(organization_id, day): _written(each) for day, each in known.items()}
    if written:
        call_redis(lambda: cache.set_many(written, timeout=KEPT.total_seconds()))


def _key(organization_id: int, day: datetime) -> str:
    return f"payout-figures:{organization_id}:{day:%Y-%m-%d}"


def _written(known: _Known) -> dict[str, Any]:
    return {
        "counted_at": known.counted_at.timestamp(),
        "day": known.figures.day.isoformat(),
        "currencies": [
            {
                "currency": each.currency,
                "by_status": [
                    [status.value, volume.count, volume.amount_minor]
                    for status, volume in each.by_status.items()
                ],
                "durations": list(each.durations.items()),
            }
            for each in known.figures.currencies
        ],
    }


def _read(value: Mapping[str, Any]) -> _Known:
    figures = DayFigures(date.fromisoformat(value["day"]), _currencies(value["currencies"]))
    return _Known(datetime.fromtimestamp(value["counted_at"], UTC), figures)


def _currencies(values: Iterable[Mapping[str, Any]]) -> list[CurrencyFigures]:
    return [
        CurrencyFigures(
            value["currency"],
            {Status(status): Volume(count, amount) for status, count, amount in value["by_status"]},
            dict(value["durations"]),
        )
        for value in values
    ]
