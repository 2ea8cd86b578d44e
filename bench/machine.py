"""On what it was measured."""

from __future__ import annotations

import os
import platform
import re
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.processes import tree_of

if TYPE_CHECKING:
    from bench.stack import Stack

_SYNCS = 50
_OURS = ("web", "worker", "relay", "beat")
_PAGE = b"\0" * 8192  # PostgreSQL's unit
_ASKED_OF_POSTGRESQL = (
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "shared_buffers",
    "wal_sync_method",
)


def describe_service(stack: Stack) -> dict[str, Any]:
    """What runs, as it was started: how many processes of each kind, parents among them."""
    return {name: len(tree_of(pid)) for name, pid in stack.processes.items() if name in _OURS}


def describe(stack: Stack) -> dict[str, Any]:
    return {
        "cores": len(os.sched_getaffinity(0)),
        "cpu": _first_match(Path("/proc/cpuinfo"), r"^model name\s*: (.+)$") or platform.machine(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "kernel": platform.release(),
        "load_average": round(os.getloadavg()[0], 2),
        "fsync_ms": round(_fsync_ms(stack.home), 3),
        "python": platform.python_version(),
        "postgresql": stack.ask("SHOW server_version"),
        "wrk": _wrk_version(),
        "database_settings": {name: stack.ask(f"SHOW {name}") for name in _ASKED_OF_POSTGRESQL},
    }


def commit() -> str:
    """The short name of what is measured, with a mark when it is not what is committed."""
    done = subprocess.run(  # nosec B603 B607 # no shell; whichever git is on the path
        ["git", "describe", "--always", "--dirty", "--abbrev=8", "--exclude", "*"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"


def _first_match(path: Path, pattern: str) -> str | None:
    found = re.search(pattern, path.read_text(), re.MULTILINE) if path.exists() else None
    return found[1] if found else None


def _fsync_ms(folder: Path) -> float:
    """What one commit waits for at the least: the median of many, on the disk of the database."""
    took_ms: list[float] = []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(_SYNCS):
            file.seek(0)
            file.write(_PAGE)
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took_ms.append((time.perf_counter() - began) * 1000)
    return statistics.median(took_ms)


def _wrk_version() -> str:
    done = subprocess.run(["wrk", "-v"], capture_output=True, text=True, check=False)  # nosec B603 B607 # the same
    return done.stdout.split("[")[0].strip()
