"""`python -m bench.choices`: design choices where others would differ, measured beside ours in the same run.

Every turn of a choice starts all processes anew, on the same database. The choices of a question take turns,
A, B, A, B, so that a noisy minute hits each of them.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from bench.__main__ import end_tidily_on_sigterm
from bench.limit import measure_limit
from bench.load import ensure_wrk
from bench.machine import commit
from bench.measured import Measured, together
from bench.measures.creating import measure_create
from bench.measures.finishing import measure_completion
from bench.measures.footprint import measure_memory
from bench.measures.reading import measure_detail
from bench.measures.settling import measure_settle
from bench.program import run_as_program
from bench.progress import progress
from bench.questions import QUESTIONS, Load
from bench.recipients import add_recipients
from bench.record import RESULTS
from bench.stack import running_stack, temporary_home
from bench.summary import summarise_each
from bench.table import number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from bench.questions import Question
    from bench.recipients import Recipients
    from bench.stack import Stack
    from bench.summary import Summary

SECONDS = 4
SETTLED = 4_000
_COLUMNS = {
    Load.WEB: ("limit", "create", "create_of_limit", "create_cpu_ms", "create_p99_ms", "detail", "web_mb"),
    Load.ENGINE: ("limit", "settle", "settle_of_limit", "settle_cpu_ms", "worker_mb"),
    Load.PACED: ("completed_p50_ms", "completed_p99_ms", "relay_cpu_ms"),
}


@dataclass(frozen=True)
class Answer:
    """What one choice has measured, over all its turns."""

    question: str
    choice: str
    summaries: Mapping[str, Summary]
    problems: Sequence[str]


def measure_choice(stack: Stack, recipients: Recipients, load: Load) -> Measured:
    """With the functions of the benchmark, in less time."""
    match load:
        case Load.WEB:
            with stack.at_rest():
                measure_create(stack, recipients, seconds=1)
                before = _limit(stack, recipients)
                parts = [measure_create(stack, recipients, seconds=SECONDS)[0]]
                parts.append(_mean_limit(before, _limit(stack, recipients)))
                parts.append(measure_detail(stack, seconds=SECONDS // 2))
        case Load.ENGINE:
            with stack.at_rest():
                before = _limit(stack, recipients)
            parts = [measure_settle(stack, recipients, payouts=SETTLED)]
            with stack.at_rest():
                parts.append(_mean_limit(before, _limit(stack, recipients)))
        case Load.PACED:
            spent_before = stack.cpu_seconds()["relay"]
            parts = [measure_completion(stack, recipients, seconds=SECONDS)]
            spent_ms = (stack.cpu_seconds()["relay"] - spent_before) * 1000
            parts.append(Measured({"relay_cpu_ms": spent_ms / SECONDS}))
    return _with_derived(together([*parts, measure_memory(stack)]))


def _limit(stack: Stack, recipients: Recipients) -> float:
    return measure_limit(stack, recipients, seconds=2)


def _mean_limit(before: float, after: float) -> Measured:
    return Measured({"limit": (before + after) / 2})


def _with_derived(measured: Measured) -> Measured:
    """Ratios to the limit of the same turn, and processor time of all processes together."""
    values = dict(measured.values)
    for name in ("create", "settle"):
        if name in values:
            values[f"{name}_of_limit"] = values[name] / values["limit"]
            values[f"{name}_cpu_ms"] = sum(measured.cpu_ms[name].values())
    return Measured(values, measured.problems)


def answer_question(
    question: Question, *, home: Path, recipients: Recipients, turns: int, say: Callable[[str], None]
) -> list[Answer]:
    measured: dict[str, list[Measured]] = {choice.name: [] for choice in question.choices}
    for turn in range(1, turns + 1):
        for choice in question.choices:
            say(f"{question.title}: {choice.name}, {turn} of {turns}")
            with running_stack(home, choice.settings) as stack:
                measured[choice.name].append(measure_choice(stack, recipients, question.load))
                stack.wait_for_rest()  # nothing is left over for the next
    return [
        Answer(
            question.title,
            name,
            summarise_each([each.values for each in runs]),
            sorted({problem for each in runs for problem in each.problems.values()}),
        )
        for name, runs in measured.items()
    ]


def answers_table(question: Question, answers: Sequence[Answer]) -> Table:
    """Medians; what is not to be believed says why."""
    table = Table(title=question.title)
    table.add_column("choice")
    for name in _COLUMNS[question.load]:
        table.add_column(name.replace("_", " "), justify="right")
    table.add_column("problems")
    for answer in answers:
        cells = (
            number(answer.summaries[name].median) if name in answer.summaries else ""
            for name in _COLUMNS[question.load]
        )
        table.add_row(answer.choice, *cells, "; ".join(answer.problems))
    return table


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.choices", description=__doc__)
    parser.add_argument("--turns", type=int, default=2, help="of each choice (%(default)s)")
    parser.add_argument("--only", choices=sorted(QUESTIONS), action="append", help="one of the questions")
    parser.add_argument("--name", default="", help="of the file in bench/results (date and commit)")
    options = parser.parse_args(arguments)
    end_tidily_on_sigterm()
    ensure_wrk()
    console = Console() if sys.stdout.isatty() else Console(width=130)
    answers: list[Answer] = []
    tables: list[Table] = []
    with progress(console) as say, temporary_home() as home:
        with running_stack(home) as stack:
            recipients = add_recipients(stack)
        for key in options.only or QUESTIONS:
            found = answer_question(
                QUESTIONS[key], home=home, recipients=recipients, turns=options.turns, say=say
            )
            tables.append(answers_table(QUESTIONS[key], found))
            answers += found
    console.print(*tables)
    _save(answers, options.name or f"choices-{datetime.now(UTC):%Y-%m-%d-%H%M}-{commit()}")
    return 0


def _save(answers: Sequence[Answer], name: str) -> None:
    told: list[dict[str, Any]] = [
        {
            "question": answer.question,
            "choice": answer.choice,
            "problems": list(answer.problems),
            "medians": {each: vars(summary) for each, summary in answer.summaries.items()},
        }
        for answer in answers
    ]
    path = RESULTS / f"{name}.json"
    path.write_text(f"{json.dumps({'commit': commit(), 'answers': told}, indent=2)}\n", encoding="utf-8")


if __name__ == "__main__":
    run_as_program(main)
