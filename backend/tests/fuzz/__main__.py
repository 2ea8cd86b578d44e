"""`python -m tests.fuzz`: start a stack of its own, and send it what the schema allows and what it forbids."""

from __future__ import annotations

import secrets
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from tests.fuzz.callers import callers_of
from tests.fuzz.run import Findings, fuzz
from tests.journeys.stack import running_stack
from tests.servers import home_for_servers

if TYPE_CHECKING:
    from tests.fuzz.callers import Headers
    from tests.journeys.stack import Stack

LARGEST_SEED = 1_000_000
# Of the whole time; the rest is for callers who may do less, one after the other.
SHARE_OF_FIRST_CALLER = 0.5
LEAST_SECONDS = 20
console = Console(width=160, highlight=False)


def main(
    *,
    seed: Annotated[int, typer.Option(help="repeats an earlier run; below 0: any")] = -1,
    minutes: Annotated[float, typer.Option(help="for all callers together")] = 2,
    examples: Annotated[int, typer.Option(help="at most as many for each operation and phase")] = 1_000,
) -> None:
    """Exit code 1 when an answer was not what the schema says."""
    seed = seed if seed >= 0 else secrets.randbelow(LARGEST_SEED)
    console.print(f"seed {seed}")
    settings = {"DJANGO_SETTINGS_MODULE": "config.settings.prod", "DATABASE_URL": "", "REDIS_URL": ""}
    with home_for_servers() as home, running_stack(home, settings) as stack:
        are_clean = [
            _fuzz_as(stack, name, headers, seed=seed, examples=examples, seconds=seconds)
            for (name, headers), seconds in _with_seconds(stack, minutes * 60)
        ]
    console.print(f"seed {seed}: {'nothing found' if all(are_clean) else 'NOT every answer was right'}")
    sys.exit(not all(are_clean))


def _with_seconds(stack: Stack, seconds: float) -> list[tuple[tuple[str, Headers], float]]:
    first, *others = callers_of(stack)
    rest = seconds * (1 - SHARE_OF_FIRST_CALLER) / len(others)
    return [(first, seconds * SHARE_OF_FIRST_CALLER), *((other, rest) for other in others)]


def _fuzz_as(stack: Stack, name: str, headers: Headers, *, seed: int, examples: int, seconds: float) -> bool:
    began = time.monotonic()
    findings = fuzz(
        stack.ready["url"],
        headers,
        seed=seed,
        examples=examples,
        report=stack.home / "fuzz.json",
        most_seconds=max(LEAST_SECONDS, round(seconds)),
        # The session's cookie goes along with the key that the check makes up, and is rightly taken.
        without_checks="ignored_auth" if "Cookie" in headers else "",
    )
    _tell(name, findings, time.monotonic() - began)
    return findings.is_clean


def _tell(name: str, findings: Findings, seconds: float) -> None:
    console.print(f"{name}: {findings.case_count} cases in {seconds:.0f} s")
    if not findings.is_clean:
        console.print(findings.output, markup=False)


if __name__ == "__main__":
    typer.run(main)
