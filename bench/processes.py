"""What the kernel says of the stack's processes: which there are, their processor time, their memory."""

from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_STOPPED_SECONDS = 5.0


def tree_of(pid: int) -> list[int]:
    """The process and all that descend from it, parents first."""
    found = [pid]
    for parent in found:
        with suppress(OSError):
            for task in Path(f"/proc/{parent}/task").iterdir():
                found.extend(int(child) for child in (task / "children").read_text().split())
    return found


def cpu_seconds(processes: Mapping[str, int]) -> dict[str, float]:
    """User and system time so far, by name, each with its descendants, dead ones too."""
    return {name: sum(map(_cpu_seconds_of, tree_of(pid))) for name, pid in processes.items()}


def _cpu_seconds_of(pid: int) -> float:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    # utime, stime, and the same of the children that were waited for: proc_pid_stat(5), fields 14 to 17.
    return sum(map(int, stat.rpartition(")")[2].split()[11:15])) / _TICKS_PER_SECOND


@dataclass(frozen=True)
class Memory:
    """Of one process. `pss_mb` counts a page that n processes share as an n-th of it."""

    rss_mb: float
    pss_mb: float


def memory_of(pid: int) -> Memory:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kilobytes = {name: int(rest.split()[0]) for name, rest in (line.split(":", 1) for line in lines)}
    return Memory(kilobytes["Rss"] / 1024, kilobytes["Pss"] / 1024)


@contextmanager
def paused(pids: Collection[int]) -> Iterator[None]:
    """Stop the process groups these lead, and let them go on afterwards: meanwhile they use no processor."""
    try:
        for pid in pids:
            os.killpg(pid, signal.SIGSTOP)
        _wait_until_stopped([member for pid in pids for member in tree_of(pid)])
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGCONT)


def _wait_until_stopped(pids: Collection[int]) -> None:
    deadline = time.monotonic() + _STOPPED_SECONDS
    while any(_state_of(pid) not in "TZ" for pid in pids):
        if time.monotonic() > deadline:
            raise TimeoutError("a process does not let itself be stopped")
        time.sleep(0.01)


def _state_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"
