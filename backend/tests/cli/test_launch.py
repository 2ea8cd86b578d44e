from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.child_spec import Account, ChildSpec, LogSays, launch_command
from cli.processes import started_at

PARENT = """
import subprocess, sys
from cli.child_spec import ChildSpec, LogSays, launch_command
from pathlib import Path
spec = ChildSpec("sleeper", ("/bin/sleep", "60"), Path("/"), {}, LogSays(""))
print(subprocess.Popen(launch_command(spec)).pid, flush=True)
sys.stdin.read()
"""


def sleeper_of(parent: subprocess.Popen[bytes]) -> int:
    assert parent.stdout is not None
    return int(parent.stdout.readline())


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux ties a child to its parent's life"
)
def test_it_ends_with_a_parent_that_was_killed() -> None:
    backend = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], cwd=backend, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        sleeper = sleeper_of(parent)
        assert started_at(sleeper)
        time.sleep(0.3)  # the launcher has become the command by then
        parent.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 5
    while started_at(sleeper) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert started_at(sleeper) is None


def test_it_keeps_the_process_number(tmp_path: Path) -> None:
    spec = ChildSpec("shell", ("/bin/sh", "-c", "echo $$"), tmp_path, {}, LogSays(""))
    with subprocess.Popen(launch_command(spec), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert int(process.stdout.read()) == process.pid


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can change the account")
def test_it_gives_up_every_right_of_root_for_another_account(tmp_path: Path) -> None:
    spec = ChildSpec(
        "id",
        ("/usr/bin/id",),
        tmp_path,
        {"PATH": os.defpath},
        LogSays(""),
        account=Account("nobody", 65534, 65534),
    )
    told = subprocess.check_output(launch_command(spec), text=True)
    assert "uid=65534" in told
    assert "(root)" not in told
