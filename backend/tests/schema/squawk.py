"""Squawk's word on SQL: which statements lock for long, and which break those who use the tables."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.schema.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Mapping

PROGRAM = Path(sys.executable).with_name("squawk")
CONFIGURATION = Path(__file__).parents[3] / ".squawk.toml"


def lint(scripts: Mapping[str, str], folder: Path) -> list[Finding]:
    """What is wrong with each script, by the name under which it is given."""
    files = {name: folder / f"{name}.sql" for name in scripts}
    for name, file in files.items():
        file.write_text(scripts[name])
    done = subprocess.run(
        [PROGRAM, "--config", CONFIGURATION, "--reporter", "json", *files.values()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr, done.stderr
    return [
        Finding(Path(each["file"]).stem, each["rule_name"], f"line {each['line'] + 1}: {each['message']}")
        for each in json.loads(done.stdout)
    ]
