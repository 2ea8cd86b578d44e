"""The figures on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from bench.targets import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.record import Judged, Record
    from bench.summary import Summary
    from bench.targets import Figure

_COLOURS = {
    Verdict.AIM: "green",
    Verdict.ENOUGH: "yellow",
    Verdict.SHORT: "red",
    Verdict.INVALID: "bold red",
    Verdict.NOT_MEASURED: "dim",
    Verdict.TOLD: "",
}


def figures_table(record: Record) -> Table:
    """Ratios are what is judged; where there is no base, the measured value itself is."""
    table = Table(
        title=f"{record.facts['name']} ({record.facts['commit']}): medians, lowest and highest ratios"
    )
    for heading in ("figure", "measured", "base", "ratio", "at least", "aim", "verdict"):
        table.add_column(heading, justify="left" if heading in ("figure", "verdict") else "right")
    for judged in record.judge():
        table.add_row(*_row(judged))
    return table


def _row(judged: Judged) -> tuple[str | Text, ...]:
    figure = judged.figure
    return (
        figure.title,
        _with_unit(judged.measured, figure.unit),
        _with_unit(judged.base, figure.unit),
        _with_spread(judged.ratio) if figure.base else "",
        target_text(figure, figure.at_least),
        target_text(figure, figure.aim),
        Text(judged.verdict.value, style=_COLOURS[judged.verdict]),
    )


def target_text(figure: Figure, target: float | None) -> str:
    if target is None:
        return ""
    return f"{'≥' if figure.more_is_better else '≤'} {target:g}"


def _with_unit(summary: Summary | None, unit: str) -> str:
    return "" if summary is None else f"{number(summary.median)} {unit}".strip()


def _with_spread(summary: Summary | None) -> str:
    if summary is None:
        return ""
    if summary.lowest == summary.highest:
        return number(summary.median)
    return f"{number(summary.median)} ({number(summary.lowest)} to {number(summary.highest)})"


def number(value: float) -> str:
    """As many digits as mean something."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004 - said above


def cpu_table(cpu_ms: Mapping[str, Mapping[str, float]]) -> Table:
    """Where the time goes: neighbours of this machine change the rates, and hardly these."""
    names = list(dict.fromkeys(name for times in cpu_ms.values() for name in times))
    table = Table(title="processor time per request or payout, in milliseconds")
    table.add_column("measured")
    for name in names:
        table.add_column(name, justify="right")
    table.add_column("together", justify="right")
    for measured, times in cpu_ms.items():
        cells = (f"{times.get(name, 0.0):.2f}" for name in names)
        table.add_row(measured, *cells, f"{sum(times.values()):.2f}")
    return table
