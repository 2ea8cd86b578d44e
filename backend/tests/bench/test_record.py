from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from bench.compare import comparison
from bench.measured import Measured
from bench.picture import draw
from bench.record import Record, load_record, record_of
from bench.table import cpu_table, figures_table
from bench.targets import Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from rich.table import Table

    from bench.record import Judged

FACTS = {"name": "a-night", "commit": "0123abcd"}
RUNS = [
    Measured({"limit": 1000.0, "create": 200.0}),
    Measured({"limit": 500.0, "create": 200.0}, {"replay": "3 answers of status 503"}),
    Measured({"limit": 2000.0, "create": 600.0, "replay": 900.0}, cpu_ms={"create": {"web": 2.5}}),
    Measured({"start_seconds": 4.0}, cpu_ms={"create": {"web": 3.5}}),
]


@pytest.fixture
def record() -> Record:
    return record_of(FACTS, RUNS)


def _judged(record: Record, measured: str) -> Judged:
    (found,) = (each for each in record.judge() if each.figure.measured == measured)
    return found


def _text(table: Table) -> str:
    console = Console(width=200, record=True, quiet=False, file=None)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def test_it_takes_the_median_of_the_ratios_and_not_the_ratio_of_medians(record: Record) -> None:
    create = _judged(record, "create")
    assert create.ratio is not None
    assert (create.ratio.median, create.ratio.lowest, create.ratio.highest) == (0.3, 0.2, 0.4)
    assert create.verdict is Verdict.ENOUGH


def test_it_keeps_a_problem_of_any_run(record: Record) -> None:
    assert _judged(record, "replay").verdict is Verdict.INVALID


def test_it_reads_what_it_has_saved(record: Record, tmp_path: Path) -> None:
    record.save(tmp_path / "a.json")
    assert load_record(tmp_path / "a.json") == record


def test_it_shows_a_figure_with_its_ratio_and_verdict(record: Record) -> None:
    (line,) = (line for line in _text(figures_table(record)).splitlines() if "│ create  " in line)
    assert [cell.strip() for cell in line.strip("│").split("│")] == [
        "create", "200 /s", "1,000 /s", "0.3 (0.2 to 0.4)", "≥ 0.25", "≥ 0.5", "enough",
    ]  # fmt: skip


def test_it_shows_the_median_of_processor_time(record: Record) -> None:
    assert "3.00" in _text(cpu_table(record.cpu_ms))


def test_it_puts_two_runs_side_by_side(record: Record) -> None:
    faster = Record(FACTS, [{"limit": 1000.0, "create": 600.0}])
    (line,) = (line for line in _text(comparison(record, faster)).splitlines() if "│ create  " in line)
    assert [cell.strip() for cell in line.strip("│").split("│")] == [
        "create", "200 /s", "600 /s", "0.3", "0.6", "2.00-fold", "≥ 0.25", "≥ 0.5", "aim reached",
    ]  # fmt: skip


def test_it_draws_a_picture(record: Record, tmp_path: Path) -> None:
    draw(record, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
