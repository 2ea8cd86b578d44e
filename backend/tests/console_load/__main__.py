"""Measures the console's reads, and its pages, on a database that has many payouts.

    python -m tests.console_load --plans ../docs/console-plans.md /admin/ /admin/payouts/payout/

Nothing is written but a session. Make the data before: `manage.py seed_demo --payouts 1000000`.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.console_load.measuring import Measured

MOST_MILLISECONDS, MOST_STATEMENTS = 300.0, 15


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.console_load", description=__doc__)
    parser.add_argument("urls", nargs="*", help="pages to ask for, signed in")
    parser.add_argument("--organization", default="Demo")
    parser.add_argument("--username", default="admin")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--plans", type=Path, help="where the plans of all statements are written to")
    options = parser.parse_args(arguments)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    django.setup()
    from tests.console_load.run import (  # noqa: PLC0415  models, which need the set-up
        measure_pages,
        measure_reads,
        plans_page,
    )

    reads = measure_reads(options.organization, times=options.times)
    pages = measure_pages(options.urls, options.username, times=options.times)
    _print_table([*reads, *pages])
    if options.plans:
        options.plans.write_text(plans_page(reads), encoding="utf-8")
    return int(any(each.p95 > MOST_MILLISECONDS or len(each.statements) > MOST_STATEMENTS for each in pages))


def _print_table(measured: Sequence[Measured]) -> None:
    sys.stdout.write(f"{'':<58} {'p50 ms':>8} {'p95 ms':>8} {'statements':>10}\n")
    for each in measured:
        line = f"{each.name:<58} {each.p50:>8.1f} {each.p95:>8.1f} {len(each.statements):>10}\n"
        sys.stdout.write(line)


sys.exit(main(sys.argv[1:]))
