"""The figures of a period as the page writes them, each with the way to the payouts it is of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from console.dashboard.needs import payouts_url
from console.dashboard.numbers import grouped
from core.ages import age_in_words
from core.money import decimal_amount
from payouts.domain.figures import Volume
from payouts.domain.status import OPEN_STATUSES, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.dashboard.periods import Period
    from payouts.domain.figures import CurrencyFigures, Figures

# Below it a second more or less tells something.
_SHORT = timedelta(seconds=10)
_PARTS: tuple[tuple[str, tuple[Status, ...]], ...] = (
    ("Paid", (Status.COMPLETED,)),
    ("In flight", OPEN_STATUSES),
    ("Failed", (Status.FAILED,)),
    ("Returned", (Status.RETURNED,)),
)


@dataclass(frozen=True)
class Part:
    """Payouts in some statuses. No amount of several currencies: nobody can add those up."""

    title: str
    count: int
    url: str
    amount: str = ""

    @property
    def shown_count(self) -> str:
        return grouped(self.count)


@dataclass(frozen=True)
class Row:
    """`success` is a percentage; a dash stands for what cannot be told yet."""

    name: str
    parts: Sequence[Part]
    success: str
    median: str
    p95: str


def overall(figures: Figures, period: Period) -> Row:
    parts = [
        Part(title, sum(_volume(each, statuses).count for each in figures.currencies), _url(period, statuses))
        for title, statuses in _PARTS
    ]
    return _row("All currencies", parts, figures)


def by_currency(figures: Figures, period: Period) -> list[Row]:
    return [_row(each.currency, _parts(each, period), each) for each in figures.currencies]


def _row(name: str, parts: Sequence[Part], figures: Figures | CurrencyFigures) -> Row:
    return Row(name, parts, _percent(figures.success_rate), _duration(figures.median), _duration(figures.p95))


def _parts(figures: CurrencyFigures, period: Period) -> list[Part]:
    found = [(title, statuses, _volume(figures, statuses)) for title, statuses in _PARTS]
    return [
        Part(title, volume.count, _url(period, statuses, figures.currency), _amount(volume, figures.currency))
        for title, statuses, volume in found
    ]


def _volume(figures: CurrencyFigures, statuses: Sequence[Status]) -> Volume:
    return sum((figures.by_status.get(status, Volume()) for status in statuses), Volume())


def _url(period: Period, statuses: Sequence[Status], currency: str | None = None) -> str:
    narrowed = [] if currency is None else [("currency", currency)]
    return payouts_url(
        *(("status", status.value) for status in statuses), *narrowed, ("created", period.value)
    )


def _amount(volume: Volume, currency: str) -> str:
    whole, point, fraction = decimal_amount(volume.amount_minor, currency).partition(".")
    return grouped(int(whole)) + point + fraction


def _percent(share: float | None) -> str:
    """Cut off: what is not whole is not shown as whole."""
    return "-" if share is None else f"{int(share * 1_000) / 10:.1f} %"


def _duration(duration: timedelta | None) -> str:
    if duration is not None and duration < _SHORT:
        return f"{duration.total_seconds():.1f} s"
    return age_in_words(duration)
