"""`python -m tests.scaled`: several of each process behind nginx, under load, killed one by one, then upgraded.

Run by `make scaled-run`. Needs a Docker engine on this machine, and to be root, since processes in containers
are killed as the kernel would do it. Ends by itself, with 1 when a promise was not kept.
"""

from __future__ import annotations

import os
import random
import secrets
import sys
from typing import TYPE_CHECKING, Annotated

import django
import typer
from rich.console import Console
from rich.table import Table

from tests.chaos.report import violation_text
from tests.scaled.compose import SCALE, compose_stack
from tests.scaled.cost import CLIENTS, SERVICES
from tests.scaled.next_version import image_of
from tests.scaled.run import play
from tests.servers import home_for_servers

if TYPE_CHECKING:
    from collections import Counter

    from tests.scaled.cost import Cost
    from tests.scaled.run import Story

console = Console(highlight=False, soft_wrap=True)


def main(
    seed: Annotated[int, typer.Option(help="repeats what the clients ask for")] = 0,
    rate: Annotated[float, typer.Option(help="requests a second")] = 20.0,
) -> None:
    seed = seed or secrets.randbelow(1_000_000)
    run = f"payouts-scaled:{random.SystemRandom().randrange(10**9)}"
    console.print(f"seed {seed}, {rate:g} requests a second, {SCALE}")
    with (
        image_of(f"{run}-this", version="this", is_next=False) as this_image,
        image_of(f"{run}-next", version="next", is_next=True) as next_image,
        home_for_servers() as home,
        compose_stack(home, image=this_image) as stack,
    ):
        story = play(stack, next_image=next_image, seed=seed, rate=rate, say=console.print)
        are_new = stack.is_all_of(next_image)
    _report(story)
    if not are_new:
        console.print("Not every process is of the next version.")
    sys.exit(0 if story.is_well and are_new else 1)


def _report(story: Story) -> None:
    if story.cost is not None:
        _report_cost(story.cost)
    table = Table("phase", "seconds", "requests", "broken, and why", "p99 ms")
    for phase in story.phases:
        cells = (f"{phase.seconds:.0f}", len(phase.calls), _words(phase.why_broken), f"{phase.p99_ms:.0f}")
        table.add_row(phase.name, *map(str, cells))
    console.print(table)
    console.print(story.upgrade)
    for name, value in vars(story.figures).items():
        console.print(f"{name}: {value}")
    console.print(f"creations whose result no repetition told: {len(story.unretried)}")
    for violation in story.violations:
        console.print(violation_text(violation))


def _words(counted: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counted.most_common()) or "0"


def _report_cost(cost: Cost) -> None:
    table = Table("service", "processors, idle", "processor ms a payout, beyond that")
    for service in SERVICES:
        table.add_row(service, f"{cost.idle_cpus[service]:.3f}", f"{cost.cpu_ms_of_a_payout(service):.2f}")
    console.print(
        f"{cost.created} created in {cost.seconds:.1f} s by {CLIENTS} clients, {cost.created / cost.seconds:.0f}/s,"
        f" p50 {cost.p50_ms:.0f} ms, p99 {cost.p99_ms:.0f} ms;"
        f" the last was settled {cost.settled_after_seconds:.1f} s later"
    )
    console.print(table)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    django.setup()
    typer.run(main)
