"""Processes of this stack, recognised again after the process that started them is gone."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from cli.private_files import read_json, write_private_json


def started_at(pid: int) -> str | None:
    """Tell when the process began, in the system's own notation; None when no such process runs.

    Together with the number it names one process for good: a number alone is given out again.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None if Path("/proc/self/stat").exists() else _started_at_by_ps(pid)
    state, *rest = stat.rpartition(")")[2].split()
    return None if state in "ZX" else rest[18]


def _started_at_by_ps(pid: int) -> str | None:
    return _ps(pid, "lstart") or None


def command_line(pid: int) -> str:
    """Return the process's command and arguments, separated by blanks; empty when it is gone."""
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return "" if Path("/proc/self/stat").exists() else _ps(pid, "command")
    return raw.replace(b"\0", b" ").decode(errors="replace")


def _ps(pid: int, column: str) -> str:
    done = subprocess.run(  # nosec B603 B607 # no shell; a name of the system
        ["ps", "-o", f"{column}=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def remember_process(pid_file: Path, pid: int) -> None:
    write_private_json(pid_file, {"pid": pid, "started_at": started_at(pid)})


def find_remembered(pid_file: Path) -> int | None:
    """Find the number of the very process that was remembered, if it still runs."""
    note = read_json(pid_file) or {}
    pid, began = note.get("pid"), note.get("started_at")
    if not isinstance(pid, int) or began is None or started_at(pid) != began:
        return None
    return pid


def kill_group(leader: int) -> None:
    """Kill what is left of the process group; a group that is gone is well."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def stop_process(pid: int, *, stop_signal: signal.Signals, timeout_seconds: float) -> None:
    """Ask a process that is not our child to end, wait, then kill it and its group."""
    with suppress(ProcessLookupError):
        os.kill(pid, stop_signal)
    began = started_at(pid)
    deadline = time.monotonic() + timeout_seconds
    while began and started_at(pid) == began and time.monotonic() < deadline:
        time.sleep(0.02)
    kill_group(pid)
    while began and started_at(pid) == began and time.monotonic() < deadline + 5:
        time.sleep(0.02)


def stop_remembered(pid_file: Path, *, stop_signal: signal.Signals, timeout_seconds: float) -> int | None:
    """Stop the process an earlier run left behind; its number, or None when there was none."""
    pid = find_remembered(pid_file)
    if pid is not None:
        stop_process(pid, stop_signal=stop_signal, timeout_seconds=timeout_seconds)
    pid_file.unlink(missing_ok=True)
    return pid
