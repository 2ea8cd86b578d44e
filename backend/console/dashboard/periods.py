"""The times of which the dashboard shows figures."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from payouts.selectors.figures import start_of_day

if TYPE_CHECKING:
    from datetime import datetime


class Period(StrEnum):
    """Whole days (UTC), the present one last. Its value stands in addresses, of the payouts' list too."""

    TODAY = "today"
    WEEK = "7d"
    MONTH = "30d"

    @property
    def words(self) -> str:
        return {Period.TODAY: "Today", Period.WEEK: "7 days", Period.MONTH: "30 days"}[self]

    @property
    def days(self) -> int:
        return {Period.TODAY: 1, Period.WEEK: 7, Period.MONTH: 30}[self]

    def begins_at(self, now: datetime) -> datetime:
        return start_of_day(now) - timedelta(days=self.days - 1)


def read_period(text: str) -> Period:
    """A week for what is no period: an address that was typed wrong still shows something."""
    return Period(text) if text in set(Period) else Period.WEEK
