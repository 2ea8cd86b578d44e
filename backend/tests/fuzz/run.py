"""One run of Schemathesis against a running service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parent
BACKEND = HERE.parents[1]
PHASES = "examples,coverage,fuzzing,stateful"


@dataclass(frozen=True)
class Findings:
    is_clean: bool
    case_count: int
    output: str
    """As Schemathesis prints it, with a line for each finding that repeats it."""


def fuzz(
    url: str,
    headers: Mapping[str, str],
    *,
    seed: int,
    examples: int,
    report: Path,
    phases: str = PHASES,
    most_seconds: int | None = None,
    without_checks: str = "",
) -> Findings:
    """Send what the schema allows and what it forbids to every operation, and judge every answer by it.

    `examples` bounds the cases of each operation and phase, `most_seconds` the whole run.
    """
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--no-color"),
        *("--config-file", str(HERE / "schemathesis.toml"), "run", f"{url}/api/schema/"),
        *("--phases", phases, "--seed", str(seed), "--max-examples", str(examples)),
        *("--continue-on-failure", "--request-timeout", "10", "--suppress-health-check", "all"),
        *("--report", "json", "--report-json-path", str(report)),
        *(part for name, value in headers.items() for part in ("--header", f"{name}: {value}")),
        *(("--max-time", str(most_seconds)) if most_seconds else ()),
        *(("--exclude-checks", without_checks) if without_checks else ()),
    ]
    settings = {"SCHEMATHESIS_HOOKS": "tests.fuzz.formats", "PYTHONPATH": str(BACKEND)}
    done = subprocess.run(
        command, cwd=report.parent, env=os.environ | settings, capture_output=True, text=True, check=False
    )
    return Findings(done.returncode == 0, _cases_in(report), done.stdout + done.stderr)


def _cases_in(report: Path) -> int:
    """None were sent when nothing is reported: then the output says why."""
    if not report.exists():
        return 0
    summary: dict[str, int] = json.loads(report.read_text())["test_cases"]
    return summary["generated"]
