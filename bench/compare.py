"""`python -m bench.compare BEFORE.json AFTER.json`: both runs, side by side."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from bench.record import load_record
from bench.table import number, target_text

if TYPE_CHECKING:
    from bench.record import Judged, Record


def comparison(before: Record, after: Record) -> Table:
    """By what is judged: ratios to each run's own limit, since the machine was another one each time."""
    table = Table(title=f"{_title(before)} and {_title(after)}")
    table.add_column("figure")
    for heading in ("measured before", "after", "ratio before", "after", "change", "at least", "aim"):
        table.add_column(heading, justify="right")
    table.add_column("verdict")
    for old, new in zip(before.judge(), after.judge(), strict=True):
        table.add_row(*_row(old, new))
    return table


def _title(record: Record) -> str:
    return f"{record.facts['name']} ({record.facts['commit']})"


def _row(old: Judged, new: Judged) -> tuple[str, ...]:
    figure = new.figure
    ratios = (old.ratio, new.ratio)
    return (
        figure.title,
        *(f"{number(each.median)} {figure.unit}" if each else "" for each in (old.measured, new.measured)),
        *(number(ratio.median) if ratio and figure.base else "" for ratio in ratios),
        _change(*(ratio.median if ratio else None for ratio in ratios)),
        target_text(figure, figure.at_least),
        target_text(figure, figure.aim),
        new.verdict.value,
    )


def _change(before: float | None, after: float | None) -> str:
    return f"{after / before:.2f}-fold" if before and after else ""


if __name__ == "__main__":
    Console(width=None if sys.stdout.isatty() else 150).print(
        comparison(*(load_record(Path(argument)) for argument in sys.argv[1:3]))
    )
