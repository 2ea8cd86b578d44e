"""`python -m tests.chaos`: break the running service by a plan of the seed, and judge it from outside."""

from __future__ import annotations

import secrets
import sys
from functools import partial
from pathlib import Path  # noqa: TC003  read by typer at run time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from tests.chaos.matrix import play_safely
from tests.chaos.plan import make_plan
from tests.chaos.report import Results, outcome_lines, table_of
from tests.chaos.rows import choose
from tests.chaos.run import RATE, run_chaos
from tests.chaos.stage import folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.chaos.matrix import OwnRow, Row

LARGEST_SEED = 1_000_000
console = Console(width=160, highlight=False)


def main(
    *,
    seed: Annotated[int, typer.Option(help="repeats the plan of an earlier run; below 0: any")] = -1,
    minutes: Annotated[
        float, typer.Option(help="in which rows that mix begin; rest and judgement come on top")
    ] = 2,
    faults: Annotated[
        str, typer.Option(help="names of rows with commas, or: all, mixed, alone, short")
    ] = "all",
    rate: Annotated[float, typer.Option(help="requests per second of the mixed load")] = RATE,
    timings: Annotated[bool, typer.Option(help="hold figures of time to their bounds")] = True,
    keep: Annotated[
        Path | None, typer.Option(help="an empty folder for logs and data of rows that mix")
    ] = None,
) -> None:
    """Exit code 1 when a promise was broken, or a figure is beyond its bound."""
    seed = seed if seed >= 0 else secrets.randbelow(LARGEST_SEED)
    console.print(f"seed {seed}")
    mixed, alone = choose(faults)
    is_well = not mixed or _run_mixed(
        mixed, seed=seed, minutes=minutes, rate=rate, timings=timings, keep=keep
    )
    is_well = (not alone or _run_alone(alone, seed=seed, timings=timings)) and is_well
    console.print(f"seed {seed}: {'every promise was kept' if is_well else 'NOT every promise was kept'}")
    sys.exit(not is_well)


def _run_mixed(
    rows: Sequence[Row], *, seed: int, minutes: float, rate: float, timings: bool, keep: Path | None
) -> bool:
    with folder(keep) as home:
        outcome = run_chaos(
            home,
            seed=seed,
            plan=make_plan(seed=seed, rows=rows),
            minutes=minutes,
            say=console.print,
            requests_per_second=rate,
        )
    console.print(table_of(rows, outcome.results))
    for line in outcome_lines(outcome):
        console.print(line, markup=False)
    return outcome.is_well(timings_count=timings)


def _run_alone(rows: Sequence[OwnRow], *, seed: int, timings: bool) -> bool:
    results = Results()
    for row in rows:
        console.print(row.name)
        results.add(row, play_safely(partial(row.play, seed), otherwise="did not come to its end"))
    console.print(table_of(rows, results))
    return not results.broken(timings_count=timings)


if __name__ == "__main__":
    typer.run(main)
