"""The whole benchmark in small, on a running stack: nothing that it does fails, or is out of step with the service."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench.measured import together
from bench.measures.growing import measure_growth
from bench.recipients import add_recipients
from bench.run import Scale, measure_all
from bench.stack import running_stack, temporary_home
from bench.targets import FIGURES

if TYPE_CHECKING:
    from bench.measured import Measured

SMALL = Scale(
    warm_up=1, rounds=1, limit=1, create=3, read=1, paced=1, settled=200, growth=0, with_start=False
)


def _run(home: Path) -> Measured:
    with running_stack(home) as stack:
        recipients = add_recipients(stack)
        parts = [*measure_all(stack, recipients, SMALL, is_last=True, say=print)]
        with stack.at_rest():
            parts.append(measure_growth(stack, recipients, small=1_000, large=1_100, say=print))
    return together(parts)


@pytest.mark.timeout(400)
def test_it_measures_everything_and_leaves_nothing_behind() -> None:
    if shutil.which("wrk") is None:
        assert not os.environ.get("WRK_REQUIRED"), "wrk is not installed"
        pytest.skip("wrk is not installed")
    with temporary_home() as home:
        measured = _run(home)
    assert measured.problems == {}
    assert {name for figure in FIGURES for name in (figure.measured, figure.base) if name} - set(
        measured.values
    ) == {"start_seconds"}
    assert not home.exists()
    assert not [path for path in Path("/proc").glob("[0-9]*/cmdline") if str(home) in _text(path)]


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
