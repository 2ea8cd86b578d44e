"""What a run prints: a table of rows and figures, and every violation with its history."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.table import Table

from tests.chaos.matrix import Figure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tests.chaos.checker import Violation
    from tests.chaos.matrix import OwnRow, Row
    from tests.chaos.run import Outcome
    from tests.chaos.stage import Judgement


@dataclass
class Results:
    """The figures of every episode, by row."""

    figures: dict[str, list[Sequence[Figure]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, row: Row | OwnRow, figures: Sequence[Figure]) -> None:
        self.figures[row.name].append(figures)

    def worst(self, row: Row | OwnRow) -> list[Figure]:
        """Of each figure the value that was furthest on the wrong side."""
        by_name: dict[str, list[Figure]] = defaultdict(list)
        for episode in self.figures[row.name]:
            for figure in episode:
                by_name[figure.name].append(figure)
        return [max(seen, key=lambda figure: figure.badness) for seen in by_name.values()]

    def broken(self, *, timings_count: bool) -> list[tuple[str, Figure]]:
        return [
            (name, figure)
            for name, episodes in self.figures.items()
            for figures in episodes
            for figure in figures
            if not figure.holds and (timings_count or not figure.is_timing)
        ]


def table_of(rows: Iterable[Row | OwnRow], results: Results) -> Table:
    table = Table("row", "fault", "expected", "times", "seen, at worst", title="Faults", show_lines=True)
    for row in rows:
        episodes = results.figures.get(row.name)
        if episodes:
            seen = "\n".join(_figure_text(figure) for figure in results.worst(row))
            table.add_row(row.name, row.fault, row.expected, str(len(episodes)), seen)
    return table


def _figure_text(figure: Figure) -> str:
    mark = "" if figure.holds else "  ← beyond its bound"
    return f"{figure.name} {figure.value:.4g}{mark}"


def outcome_lines(outcome: Outcome) -> Iterator[str]:
    for name, value in vars(outcome.judgement.figures).items():
        yield f"{name}: {dict(value) if isinstance(value, Mapping) else value}"
    for name, figure in outcome.results.broken(timings_count=True):
        bound = figure.at_most if figure.at_most is not None else figure.at_least
        yield f"beyond its bound: {name}: {figure.name} {figure.value:.4g}, bound {bound:.4g}"
    for violation in outcome.judgement.violations:
        yield violation_text(violation)


def judgement_figures(judgement: Judgement) -> list[Figure]:
    """The checker's word on a row that plays alone; what it found is printed with its history."""
    for violation in judgement.violations:
        sys.stdout.write(f"{violation_text(violation)}\n")
    figures = judgement.figures
    return [
        Figure("payouts", figures.payouts, at_least=1),
        Figure("completed", figures.statuses.get("COMPLETED", 0)),
        Figure("doubles", figures.doubles, at_most=0),
        Figure("lost", figures.lost, at_most=0),
        Figure("stuck", figures.stuck, at_most=0),
        Figure("violations", len(judgement.violations), at_most=0),
    ]


def violation_text(violation: Violation) -> str:
    history = "".join(f"\n    {line}" for line in violation.history)
    return f"{violation.invariant} {violation.subject}: {violation.what}{history}"
