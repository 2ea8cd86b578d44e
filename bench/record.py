"""One run of the benchmark as a file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.summary import summarise, summarise_each
from bench.targets import FIGURES, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.measured import Measured
    from bench.summary import Summary
    from bench.targets import Figure

RESULTS = Path(__file__).with_name("results")


@dataclass(frozen=True)
class Judged:
    """One line of the table: medians over the runs."""

    figure: Figure
    measured: Summary | None
    base: Summary | None
    ratio: Summary | None
    verdict: Verdict


@dataclass(frozen=True)
class Record:
    facts: Mapping[str, Any]
    """When, of which commit, on what machine, with which settings."""
    runs: Sequence[Mapping[str, float]]
    """Values that were measured next to each other, and so may be compared."""
    problems: Mapping[str, str] = field(default_factory=dict)
    cpu_ms: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def judge(self) -> list[Judged]:
        values = summarise_each(self.runs)
        return [self._judge(figure, values) for figure in FIGURES]

    def _judge(self, figure: Figure, values: Mapping[str, Summary]) -> Judged:
        """The ratio is that of each run: the limit of another one is another machine's, almost."""
        ratios = [each for run in self.runs if (each := figure.ratio(run)) is not None]
        ratio = summarise(ratios) if ratios else None
        verdict = figure.verdict(ratio.median if ratio else None, self.problems)
        base = values.get(figure.base) if figure.base else None
        return Judged(figure, values.get(figure.measured), base, ratio, verdict)

    def save(self, path: Path) -> None:
        medians = {name: asdict(summary) for name, summary in summarise_each(self.runs).items()}
        content = asdict(self) | {"medians": medians}
        path.write_text(f"{json.dumps(content, indent=2)}\n", encoding="utf-8")


def record_of(facts: Mapping[str, Any], runs: Sequence[Measured]) -> Record:
    problems = {name: told for run in runs for name, told in run.problems.items()}
    cpu_ms = {
        name: _medians(name, runs) for name in dict.fromkeys(name for run in runs for name in run.cpu_ms)
    }
    return Record(facts, [dict(run.values) for run in runs], problems, cpu_ms)


def _medians(name: str, runs: Sequence[Measured]) -> dict[str, float]:
    """By process, of what was measured under this name."""
    summaries = summarise_each([run.cpu_ms[name] for run in runs if name in run.cpu_ms])
    return {process: summary.median for process, summary in summaries.items()}


def load_record(path: Path) -> Record:
    content = json.loads(path.read_text(encoding="utf-8"))
    return Record(content["facts"], content["runs"], content["problems"], content["cpu_ms"])
