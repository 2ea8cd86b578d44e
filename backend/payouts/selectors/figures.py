"""The figures of an organization: one statement each, whatever the number of payouts."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from payouts.domain.figures import DURATION_BOUNDS, CurrencyFigures, DayFigures, Figures, Volume
from payouts.domain.status import Status

LONGEST = timedelta(days=92)

# Grouped twice: the first grouping reads a million entries of an index, and the server shares it out among
# its processes; the second, which makes both sums of it, has some thousand rows to read. Day and duration are
# found as the number of bounds below them: faster than to cut a time or to take a logarithm.
_COUNT = """
WITH counted AS MATERIALIZED (
    SELECT currency, status,
           width_bucket(created_at, %(days)s::timestamptz[]) AS day,
           width_bucket(completed_at - created_at, %(durations)s::interval[]) AS duration,
           count(*) AS payouts, sum(amount_minor) AS amount_minor
    FROM payouts_payout
    WHERE organization_id = %(organization_id)s AND deleted_at IS NULL
      AND created_at >= %(since)s AND created_at < %(until)s
    GROUP BY 1, 2, 3, 4
)
SELECT currency, status, day, duration, sum(payouts)::bigint, sum(amount_minor)::numeric
FROM counted
GROUP BY GROUPING SETS ((day, currency, status), (day, currency, duration))
"""
_Row = tuple[str, str | None, int, int | None, int, int]


class PeriodTooLongError(ValueError):
    def __init__(self) -> None:
        super().__init__(f"Figures are given of at most {LONGEST.days} days.")


def report_figures(*, organization_id: int, since: datetime, until: datetime) -> Figures:
    """Of the payouts that were asked for from `since` to before `until`, as they stand now.

    Raises PeriodTooLongError.
    """
    return Figures.of(count_by_day(organization_id=organization_id, since=since, until=until))


def count_by_day(*, organization_id: int, since: datetime, until: datetime) -> list[DayFigures]:
    """The same, each day for itself; none of days without payouts. Raises PeriodTooLongError."""
    if until - since > LONGEST:
        raise PeriodTooLongError
    days = _days(since, until)
    asked: dict[str, Any] = {
        "organization_id": organization_id,
        "since": since,
        "until": until,
        "days": days,
        "durations": list(DURATION_BOUNDS),
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, asked)
        rows: list[_Row] = cursor.fetchall()
    by_day: dict[int, list[_Row]] = defaultdict(list)
    for row in rows:
        by_day[row[2]].append(row)
    return [DayFigures(days[number - 1].date(), _currencies(by_day[number])) for number in sorted(by_day)]


def _days(since: datetime, until: datetime) -> list[datetime]:
    """The beginning of every day (UTC) that has a part in the time."""
    first = start_of_day(since)
    return [first + timedelta(days=number) for number in range((until - first).days + 1)]


def start_of_day(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _currencies(rows: list[_Row]) -> list[CurrencyFigures]:
    by_status: dict[str, dict[Status, Volume]] = defaultdict(dict)
    durations: dict[str, dict[int, int]] = defaultdict(dict)
    for currency, status, _day, duration, count, amount_minor in rows:
        if status is not None:
            by_status[currency][Status(status)] = Volume(count, int(amount_minor))
        elif duration is not None:
            durations[currency][duration] = count
    return [CurrencyFigures(each, found, durations[each]) for each, found in sorted(by_status.items())]
