"""The figures, what each is compared with, and how good it must be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class Verdict(StrEnum):
    INVALID = "invalid"
    """Something unexpected happened while it was measured."""
    NOT_MEASURED = "not measured"
    SHORT = "short"
    ENOUGH = "enough"
    AIM = "aim reached"
    TOLD = ""
    """There is nothing that it must reach."""


@dataclass(frozen=True)
class Figure:
    """One line of the table: a measured value and, where `base` names one, its ratio to that."""

    measured: str
    title: str
    unit: str
    base: str | None = None
    at_least: float | None = None
    """At most, where less is better."""
    aim: float | None = None
    more_is_better: bool = True

    def ratio(self, values: Mapping[str, float]) -> float | None:
        """What is judged; None when a part of it was not measured, or is nothing."""
        measured = values.get(self.measured)
        if measured is None or self.base is None:
            return measured
        base = values.get(self.base)
        return measured / base if base else None

    def verdict(self, ratio: float | None, problems: Collection[str] = ()) -> Verdict:
        """`problems` are the names of the values that cannot be believed."""
        if {self.measured, self.base} & set(problems):
            return Verdict.INVALID
        if ratio is None:
            return Verdict.NOT_MEASURED
        if self.at_least is None:
            return Verdict.TOLD
        if self.aim is not None and self._reaches(ratio, self.aim):
            return Verdict.AIM
        return Verdict.ENOUGH if self._reaches(ratio, self.at_least) else Verdict.SHORT

    def _reaches(self, ratio: float, target: float) -> bool:
        return ratio >= target if self.more_is_better else ratio <= target


def _rate(
    measured: str, title: str, base: str | None, at_least: float | None = None, aim: float | None = None
) -> Figure:
    return Figure(measured, title, "/s", base, at_least, aim)


def _at_most(
    measured: str, title: str, unit: str, at_most: float, aim: float | None = None, *, base: str | None = None
) -> Figure:
    return Figure(measured, title, unit, base, at_most, aim, more_is_better=False)


def _growth(what: str, title: str) -> Figure:
    return _at_most(f"{what}_ms_large", f"growth: {title}", "ms", 1.3, 1.1, base=f"{what}_ms_small")


FIGURES = (
    _rate("limit", "limit (pgbench)", None),
    _rate("create", "create", "limit", 0.25, 0.5),
    _at_most("create_p99_ms", "create, p99 to p50", "ms", 5, 3, base="create_p50_ms"),
    _rate("create_at_work", "create, everything at work", "limit"),
    _rate("replay", "replay", "create", 1.3, 2),
    _rate("list_cached", "list, cached page", "create", 2, 4),
    _rate("list_uncached", "list, uncached", "create", 1, 2),
    _rate("detail", "detail", "create", 1, 2),
    _rate("settle", "settle", "limit", 0.5, 1),
    _at_most("completed_p99_ms", "create to COMPLETED, p99", "ms", 1000, 300),
    _growth("create", "create"),
    _growth("first_page", "first page"),
    _growth("page_1000", "page 1,000"),
    _growth("filtered_page", "filtered page"),
    _growth("claim", "claim"),
    _at_most("create_queries", "queries of a create", "", 5),
    _at_most("replay_queries", "queries of a replay", "", 3),
    _at_most("list_cached_queries", "queries of a cached list", "", 1),
    _at_most("detail_queries", "queries of a detail", "", 2),
    _at_most("statements_per_payout", "statements per settled payout", "", 0.3, 0.1),
    _at_most("web_mb", "memory of a web worker", "MB", 130),
    _at_most("worker_largest_rss_mb", "memory of a worker", "MB", 150),
    Figure("worker_mb", "memory of a worker with its children", "MB", None, None, None),
    _at_most("relay_mb", "memory of the relay", "MB", 100),
    _at_most("start_seconds", "start, second time", "s", 10, 5),
)  # fmt: skip
