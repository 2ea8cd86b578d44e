"""`python -m bench.explain`: how PostgreSQL carries out the statements of the hot paths at a million payouts.

Writes bench/plans/, a file for each path. Nothing is timed: what is run beside it makes no difference.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench.program import run_as_program
from bench.stack import running_stack, temporary_home

if TYPE_CHECKING:
    from collections.abc import Sequence

PLANS = Path(__file__).parent / "plans"
PAYOUTS = 1_000_000


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.explain", description=__doc__)
    parser.add_argument("--payouts", type=int, default=PAYOUTS, help="more than 20,000 (%(default)s)")
    parser.add_argument("--to", type=Path, default=PLANS, help="a folder; its text files are replaced")
    options = parser.parse_args(arguments)
    with temporary_home() as home, running_stack(home) as stack, stack.at_rest():
        sys.stdout.write(f"Seeding {options.payouts:,} payouts.\n")
        sys.stdout.flush()
        stack.manage("seed_demo", "--payouts", str(options.payouts))
        written = stack.inside("plans", str(options.to.resolve()))["written"]
    sys.stdout.write(f"{written} files in {options.to}.\n")
    return 0


if __name__ == "__main__":
    run_as_program(main)
