"""`python -m bench`: measure everything, once or several times, and say how good it is."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

from rich.console import Console

from bench.load import ensure_wrk
from bench.machine import commit, describe, describe_service
from bench.measured import Measured
from bench.picture import draw
from bench.program import run_as_program
from bench.progress import progress
from bench.recipients import add_recipients
from bench.record import RESULTS, record_of
from bench.run import FULL, QUICK, measure_all
from bench.stack import running_stack, temporary_home
from bench.table import cpu_table, figures_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from bench.record import Record
    from bench.run import Scale

# What of the environment changes the service that is measured.
SETTINGS = ("WEB_WORKERS", "WEB_THREADS", "WORKER_CONCURRENCY")


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    # What nobody looks at may be as wide as it needs.
    console = Console() if sys.stdout.isatty() else Console(width=130)
    end_tidily_on_sigterm()
    ensure_wrk()
    scale = replace(
        QUICK if options.quick else FULL, **({"growth": options.growth} if options.growth else {})
    )
    record = _measure(scale, runs=options.runs, name=options.name, console=console)
    _show_and_keep(record, console)
    return 0 if not record.problems else 1


def end_tidily_on_sigterm() -> None:
    """As Ctrl-C does: what was started is stopped, and nothing is left behind."""

    def leave(_number: int, _frame: object) -> NoReturn:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, leave)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about a minute, without growth and start")
    parser.add_argument("--runs", type=int, default=1, help="so many times everything (%(default)s)")
    parser.add_argument("--name", default="", help="of the files in bench/results (date and commit)")
    parser.add_argument("--growth", type=int, default=0, help="the larger number of rows (1,000,000)")
    return parser


def _measure(scale: Scale, *, runs: int, name: str, console: Console) -> Record:
    began = datetime.now(UTC)
    settings = {variable: os.environ[variable] for variable in SETTINGS if variable in os.environ}
    with temporary_home() as home, progress(console) as say:
        with ExitStack() as closing:
            stack = closing.enter_context(running_stack(home, settings))
            machine, processes = describe(stack), describe_service(stack)
            recipients = add_recipients(stack)
            measured = [
                part
                for run in range(1, runs + 1)
                for part in measure_all(
                    stack, recipients, scale, is_last=run == runs, say=_numbered(say, run, runs)
                )
            ]
        if scale.with_start:
            say("starting a second time")
            with running_stack(home, settings) as again:
                measured.append(Measured({"start_seconds": again.start_seconds}))
    facts: dict[str, Any] = {
        "name": name or f"{began:%Y-%m-%d-%H%M}-{commit()}",
        "commit": commit(),
        "began_at": began.isoformat(timespec="seconds"),
        "took_seconds": round((datetime.now(UTC) - began).total_seconds()),
        "machine": machine,
        "settings": settings,
        "processes": processes,
        "scale": vars(scale),
    }
    return record_of(facts, measured)


def _numbered(say: Callable[[str], None], run: int, runs: int) -> Callable[[str], None]:
    return say if runs == 1 else lambda what: say(f"run {run} of {runs}: {what}")


def _show_and_keep(record: Record, console: Console) -> None:
    path: Path = RESULTS / f"{record.facts['name']}.json"
    path.parent.mkdir(exist_ok=True)
    record.save(path)
    draw(record, path.with_suffix(".png"))
    console.print(figures_table(record), cpu_table(record.cpu_ms))
    for name, problem in record.problems.items():
        console.print(f"[red]{name} is not to be believed: {problem}[/red]")
    console.print(f"{path.relative_to(RESULTS.parent.parent)}, and the picture beside it")


if __name__ == "__main__":
    run_as_program(main)
