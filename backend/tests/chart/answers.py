"""What the Python of `.venv-deploy` says: it has Helm and the schemas, and this one has pytest."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

BACKEND = Path(__file__).parents[2]
PYTHON = BACKEND.parent / ".venv-deploy/bin/python"


class NotSetUpError(Exception):
    def __init__(self) -> None:
        super().__init__(
            "The chart is judged by what is in .venv-deploy: run `make .venv-deploy/.installed`."
        )


def ask(*, values: list[dict[str, Any]], objects: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """Every question in one call, since loading Helm is what takes time."""
    if not PYTHON.exists():
        raise NotSetUpError
    done = subprocess.run(
        [PYTHON, "-m", "tests.chart", "--answer"],
        input=json.dumps({"values": values, "objects": objects}),
        env={**os.environ, "PYTHONPATH": str(BACKEND)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers: dict[str, Any] = json.loads(done.stdout)
    return answers
