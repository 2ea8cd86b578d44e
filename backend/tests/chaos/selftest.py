"""`python -m tests.chaos.selftest`: plant faults in copies of the service, and see that each run finds its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tests.chaos.plants import PLANTS, Plant, plant
from tests.chaos.stage import folder

BACKEND = Path(__file__).parents[2]
RUN_SECONDS = 400
SEED = 3
console = Console(width=160, highlight=False)


def main(
    names: Annotated[str, typer.Option("--plants", help="with commas; all when left out")] = "",
) -> None:
    """Exit code 1 when a planted fault was not found, or one was found where none was planted."""
    chosen = [PLANTS[name] for name in names.split(",") if name] or list(PLANTS.values())
    missed = [each.name for each in chosen if not _is_found(each)]
    console.print(
        f"not found: {', '.join(missed)}" if missed else f"{len(chosen)} of {len(chosen)} were found"
    )
    sys.exit(bool(missed))


def _is_found(each: Plant) -> bool:
    """Whether the same run is well without the fault, and says what it should with it."""
    with folder() as home:
        copy = home / "backend"
        shutil.copytree(BACKEND, copy, ignore=shutil.ignore_patterns("__pycache__", "staticfiles"))
        sound = _run(copy, each.faults)
        plant(copy, each.changes)
        planted = _run(copy, each.faults)
    found = sound.returncode == 0 and planted.returncode != 0 and each.symptom in planted.stdout
    console.print(f"{each.name}: {'found' if found else 'NOT found'}")
    if not found:
        console.print(sound.stdout, sound.stderr, planted.stdout, planted.stderr, markup=False)
    return found


def _run(backend: Path, faults: str) -> subprocess.CompletedProcess[str]:
    """One episode of each of the rows, with the code of this copy."""
    command = [sys.executable, "-m", "tests.chaos", "--faults", faults, "--minutes", "0", "--seed", str(SEED)]
    try:
        return subprocess.run(
            command,
            cwd=backend,
            env={**os.environ, "PYTHONPATH": str(backend), "COLUMNS": "300"},
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, returncode=1, stdout="", stderr="it took too long")


if __name__ == "__main__":
    typer.run(main)
