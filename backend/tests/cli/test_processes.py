from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from cli.private_files import write_private_json
from cli.processes import (
    command_line,
    find_remembered,
    remember_process,
    started_at,
    stop_remembered,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-I", "-S", "-c", "import time; time.sleep(60)"]
    with subprocess.Popen(command, start_new_session=True) as process:
        yield process
        process.kill()


def test_it_finds_a_process_again_and_stops_it(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    pid_file = tmp_path / "sleeper.pid"
    remember_process(pid_file, sleeper.pid)
    assert find_remembered(pid_file) == sleeper.pid
    assert "time.sleep" in command_line(sleeper.pid)

    assert stop_remembered(pid_file, stop_signal=signal.SIGTERM, timeout_seconds=5) == sleeper.pid
    assert sleeper.wait(5) == -signal.SIGTERM
    assert not pid_file.exists()
    assert started_at(sleeper.pid) is None
    assert command_line(sleeper.pid) == ""


def test_it_never_stops_another_process_that_was_given_the_same_number(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    pid_file = tmp_path / "sleeper.pid"
    write_private_json(pid_file, {"pid": sleeper.pid, "started_at": "another time"})
    assert stop_remembered(pid_file, stop_signal=signal.SIGKILL, timeout_seconds=1) is None
    assert sleeper.poll() is None


@pytest.mark.parametrize(
    "note", [{}, {"pid": "x", "started_at": "1"}, {"pid": os.getpid(), "started_at": None}]
)
def test_it_overlooks_a_note_that_names_no_process(tmp_path: Path, note: dict[str, object]) -> None:
    pid_file = tmp_path / "odd.pid"
    write_private_json(pid_file, note)
    assert find_remembered(pid_file) is None


def test_it_does_not_wait_for_a_process_that_has_ended_but_is_not_buried() -> None:
    with subprocess.Popen(["true"]) as ended:  # noqa: S607 - the system's own
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        assert started_at(ended.pid) is None
