"""Closed loops of sixteen connections, driven by wrk with the scripts in bench/wrk."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cli.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from bench.stack import Stack

SCRIPTS = Path(__file__).parent / "wrk"
CONNECTIONS = 16
THREADS = 2  # bench/wrk/get.lua counts on it
_LATEST_ANSWER_SECONDS = 30.0


class ToolMissing(Refusal):
    def __init__(self) -> None:
        super().__init__("wrk is missing: install Debian's package 'wrk'")


@dataclass(frozen=True)
class Load:
    """What wrk has measured."""

    statuses: Mapping[int, int]
    seconds: float
    p50_ms: float
    p99_ms: float
    broken: int
    """Connections that failed, and answers that did not come in time."""
    least_sent: int
    """By the thread that has sent the fewest."""
    cpu_ms: Mapping[str, float]
    """Processor time per answer, by process."""

    @property
    def answers(self) -> int:
        return sum(self.statuses.values())

    @property
    def rate(self) -> float:
        return self.answers / self.seconds

    def problems(self, expected: Collection[int]) -> list[str]:
        """What must not happen while a rate is measured."""
        strange = [
            f"{n} answers of status {code}" for code, n in self.statuses.items() if code not in expected
        ]
        missing = [f"no answer of status {code}" for code in expected if code not in self.statuses]
        return [*strange, *missing, *([f"{self.broken} connections broke"] if self.broken else [])]


def ensure_wrk() -> None:
    if shutil.which("wrk") is None:
        raise ToolMissing


def drive(stack: Stack, script: str, *arguments: object, seconds: int) -> Load:
    """Run the script against the stack for so long."""
    command = ["wrk", f"-c{CONNECTIONS}", f"-t{THREADS}", f"-d{seconds}s", "--timeout", "10s", "-s", script]
    before = stack.cpu_seconds()
    done = subprocess.run(  # nosec B603 # no shell
        [*command, stack.url, "--", *map(str, arguments)],
        cwd=SCRIPTS,
        env={"PATH": _path(), "BENCH_API_KEY": stack.api_key},
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + _LATEST_ANSWER_SECONDS,
    )
    after = stack.cpu_seconds()
    return read_load(done.stdout, {name: after[name] - before[name] for name in before if name in after})


def read_load(output: str, cpu_seconds: Mapping[str, float]) -> Load:
    """The line that bench/wrk/shared.lua prints last."""
    told = json.loads(output.splitlines()[-1])
    statuses = {int(status): count for status, count in told.pop("statuses").items()}
    answers = max(sum(statuses.values()), 1)
    cpu_ms = {name: seconds * 1000 / answers for name, seconds in cpu_seconds.items()}
    return Load(statuses=statuses, cpu_ms=cpu_ms, **told)


def _path() -> str:
    program = shutil.which("wrk")
    if program is None:
        raise ToolMissing
    return str(Path(program).parent)
