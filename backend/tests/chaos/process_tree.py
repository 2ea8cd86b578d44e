"""Processes and their descendants, as the kernel lists them."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import signal
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True)
class Listed:
    """One line of the kernel's list."""

    pid: int
    state: str
    parent: int
    group: int

    @property
    def is_stopped(self) -> bool:
        return self.state == "T"


def list_processes() -> list[Listed]:
    """Those that run or are stopped; one that has ended and waits to be noticed is none."""
    return [found for entry in Path("/proc").glob("[0-9]*") if (found := _read(entry)) is not None]


def _read(entry: Path) -> Listed | None:
    try:
        stat = (entry / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):  # it ended while we looked
        return None
    state, parent, group, *_ = stat.rpartition(")")[2].split()
    return None if state in "ZX" else Listed(int(entry.name), state, int(parent), int(group))


def child_pids(pid: int) -> list[int]:
    """Its direct children, the eldest number first."""
    return sorted(listed.pid for listed in list_processes() if listed.parent == pid)


def tree_pids(leader: int) -> list[int]:
    """The leader, its group and its descendants. PostgreSQL gives each of its processes a group of its own."""
    listing = list_processes()
    found = {listed.pid for listed in listing if listed.group == leader}
    found |= {leader} & {listed.pid for listed in listing}
    while grown := {listed.pid for listed in listing if listed.parent in found} - found:
        found |= grown
    return sorted(found)


def send_signal(pids: Iterable[int], number: signal.Signals) -> None:
    """To each of them that is still there."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def pids_at_home(home: Path) -> Iterator[int]:
    """Whoever works in the folder or was started with it in a command line, this process left out."""
    for listed in list_processes():
        with suppress(OSError):
            entry = Path("/proc", str(listed.pid))
            directory, command = (entry / "cwd").readlink(), (entry / "cmdline").read_bytes()
            is_here = directory.is_relative_to(home) or os.fsencode(home) in command
            if is_here and listed.pid != os.getpid():
                yield listed.pid
