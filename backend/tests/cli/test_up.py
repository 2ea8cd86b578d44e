from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cli.embedded.valkey import EmbeddedValkey
from cli.home import Home, sole_use
from cli.processes import remember_process, started_at
from cli.stack import stop_orphans, stop_signals

BACKEND = Path(__file__).parents[2]


def payouts(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments],
        cwd=BACKEND,
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_it_names_a_taken_port_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = payouts("up", PORT=str(port), PAYOUTS_HOME=str(tmp_path / "home"))
    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken by another program." in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "home" / EmbeddedValkey.name).exists()


def test_it_refuses_a_home_in_which_a_stack_runs(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.create()
    with sole_use(home):
        done = payouts("up", PORT="8123", PAYOUTS_HOME=str(tmp_path))
    assert done.returncode == 1
    assert "A stack already runs in" in done.stderr


def test_it_runs_no_command_before_the_first_start(tmp_path: Path) -> None:
    done = payouts("manage", "check", PAYOUTS_HOME=str(tmp_path))
    assert done.returncode == 1
    assert "Start the stack once: payouts up" in done.stderr


def test_it_ends_what_a_killed_stack_left_behind(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.create()
    home.ready_file.touch()
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as orphan:  # noqa: S607 - the system's own
        remember_process(home.run / "worker.pid", orphan.pid)
        stop_orphans(home)
        assert orphan.wait(5) == -signal.SIGTERM
    assert started_at(orphan.pid) is None
    assert not home.ready_file.exists()
    assert not list(home.run.iterdir())


@pytest.mark.parametrize(("handler", "ends"), [(signal.SIG_DFL, True), (signal.SIG_IGN, False)])
def test_it_outlives_its_terminal_only_under_nohup(handler: signal.Handlers, ends: bool) -> None:  # noqa: FBT001 - a case
    before = signal.signal(signal.SIGHUP, handler)
    try:
        assert (signal.SIGHUP in stop_signals()) is ends
    finally:
        signal.signal(signal.SIGHUP, before)
