from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cli.child_spec import ChildSpec, LogSays
from tests.chaos.process_tree import list_processes
from tests.chaos.processes import NotReady, NotRunning, Processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BACKEND = Path(__file__).parents[2]
# Two children of its group, and one, like PostgreSQL's, with a group of its own.
FAMILY = "sleep 1000 & sleep 1000 & setsid sleep 30 & echo ready. as $$; wait"
ALONE = "echo ready.; exec sleep 1000"
STUBBORN = "trap '' TERM; echo ready.; while true; do sleep 0.1; done"
WARM = "trap 'echo stopped warm; exit 0' TERM; echo ready.; while true; do sleep 0.02; done"
BRIEF = "echo came and went"

PATIENCE_SECONDS = 10.0


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    with Processes(tmp_path) as running:
        yield running


def spec(script: str, *, name: str = "web", says: str = "ready.") -> ChildSpec:
    return ChildSpec(
        name=name,
        command=("/bin/sh", "-c", script),
        directory=Path("/"),
        environment={"PATH": os.environ["PATH"]},
        ready=LogSays(says),
        stop_timeout_seconds=PATIENCE_SECONDS,
        ready_timeout_seconds=PATIENCE_SECONDS,
    )


def wait_until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.005)


def running(pids: list[int]) -> set[int]:
    return {listed.pid for listed in list_processes()} & set(pids)


def stopped(pids: list[int]) -> set[int]:
    return {listed.pid for listed in list_processes() if listed.is_stopped} & set(pids)


def test_it_starts_again_at_once_what_was_killed(processes: Processes) -> None:
    (web,) = processes.start(spec(FAMILY))
    first = web.pid

    web.kill_group()
    wait_until(lambda: web.starts == 2)
    seconds = web.wait_until_ready()

    assert web.pid != first
    assert web.last_exit_code == -signal.SIGKILL
    assert seconds < 2
    assert web.log_text().splitlines() == [f"ready. as {first}", f"ready. as {web.pid}"]


def test_it_is_not_ready_on_the_word_of_an_earlier_start(processes: Processes, tmp_path: Path) -> None:
    once = f"[ -e {tmp_path}/said ] || echo ready.; touch {tmp_path}/said; exec sleep 1000"
    (web,) = processes.start(spec(once))

    web.kill_group()

    wait_until(lambda: web.starts == 2)
    assert not web.is_ready()


def test_it_kills_the_children_with_it_whatever_group_they_are_in(processes: Processes) -> None:
    (web,) = processes.start(spec(FAMILY))
    tree = web.tree_pids()
    assert len(tree) == 4

    web.kill_group()

    wait_until(lambda: not running(tree))
    with pytest.raises(NotRunning):
        _ = web.pid


def test_it_kills_one_child_of_its_own(processes: Processes) -> None:
    (web,) = processes.start(spec(FAMILY))
    children = web.child_pids()
    assert len(children) == 3

    chosen = web.kill_child(random.Random(3))

    assert chosen == random.Random(3).choice(children)
    wait_until(lambda: running(children) == set(children) - {chosen})
    assert web.starts == 1


def test_it_has_no_child_to_kill(processes: Processes) -> None:
    (web,) = processes.start(spec(ALONE))
    assert web.kill_child(random.Random(1)) is None


def test_it_leaves_no_orphan_of_its_group_when_the_leader_is_killed(processes: Processes) -> None:
    (web,) = processes.start(spec("sleep 1000 & sleep 1000 & echo ready.; wait"))
    tree = web.tree_pids()

    web.kill_leader()

    wait_until(lambda: web.starts == 2)
    assert not running(tree)


def test_it_freezes_all_of_it_and_goes_on(processes: Processes) -> None:
    (web,) = processes.start(spec(FAMILY))
    tree = web.tree_pids()

    web.stop()
    wait_until(lambda: stopped(tree) == set(tree))

    web.cont()
    wait_until(lambda: not stopped(tree))
    assert running(tree) == set(tree)
    assert web.starts == 1


@pytest.mark.parametrize("how", ["kill_group", "kill_leader"])
def test_it_can_be_killed_while_it_is_frozen(how: str, processes: Processes) -> None:
    (web,) = processes.start(spec(FAMILY))
    tree = web.tree_pids()
    web.stop()

    getattr(web, how)()

    wait_until(lambda: web.starts == 2)
    assert not stopped(tree)
    assert not web.is_stopped


def test_it_ends_warm_and_stays_away_until_it_is_called(processes: Processes) -> None:
    (web,) = processes.start(spec(WARM))

    assert web.terminate(PATIENCE_SECONDS)

    time.sleep(0.2)
    assert (web.starts, web.is_running, web.last_exit_code) == (1, False, 0)
    assert "stopped warm" in web.log_text()
    web.up()
    web.wait_until_ready()
    assert web.starts == 2


def test_it_is_killed_when_it_does_not_end_in_time(processes: Processes) -> None:
    (web,) = processes.start(spec(STUBBORN))
    tree = web.tree_pids()

    assert not web.terminate(0.1)

    assert not running(tree)
    assert not web.is_running


def test_it_ends_and_starts_again(processes: Processes) -> None:
    (web,) = processes.start(spec(WARM))
    assert web.terminate()
    web.up()
    web.wait_until_ready()
    assert web.starts == 2


def test_it_is_down_until_it_is_up(processes: Processes) -> None:
    (web,) = processes.start(spec(FAMILY))

    web.down()
    time.sleep(0.2)
    assert (web.starts, web.is_ready(), web.tree_pids()) == (1, False, [])

    web.up()
    web.wait_until_ready()
    assert web.starts == 2


def test_it_says_why_it_is_not_ready(processes: Processes) -> None:
    with pytest.raises(NotReady, match=r"(?s)web was not ready after 0\.2 s.*came and went"):
        processes.start(replace(spec(BRIEF), ready_timeout_seconds=0.2))


def test_it_removes_one_for_good(processes: Processes) -> None:
    processes.start(spec(WARM), spec(WARM, name="web-2"))
    assert processes.remove("web-2")
    assert [process.name for process in processes] == ["web"]
    assert "web-2" not in processes


def test_it_ends_all_but_those_kept_even_the_frozen(processes: Processes) -> None:
    kept, frozen = processes.start(spec(WARM, name="kept"), spec(WARM, name="frozen"))
    frozen.stop()

    processes.end(kept=["kept"])

    assert kept.is_running
    assert frozen.last_exit_code == 0
    assert "stopped warm" in frozen.log_text()


def test_it_leaves_neither_process_nor_thread(tmp_path: Path) -> None:
    with Processes(tmp_path) as processes:
        started = processes.start(spec(FAMILY), spec(STUBBORN, name="worker"))
        started[0].stop()
        pids = [pid for process in started for pid in process.tree_pids()]
    wait_until(lambda: not running(pids))
    assert not {"web", "worker"} & {thread.name for thread in threading.enumerate()}


HARNESS = """
import sys
from pathlib import Path
from tests.chaos.processes import Processes
from tests.chaos.test_processes import ALONE, spec
frozen, awake = Processes(Path(sys.argv[1])).start(spec(ALONE, name="frozen"), spec(ALONE, name="awake"))
frozen.stop()
print(frozen.pid, awake.pid, flush=True)
sys.stdin.read()
"""


def test_it_leaves_nothing_even_when_the_harness_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HARNESS, str(tmp_path)],
        cwd=BACKEND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as harness:
        assert harness.stdout is not None
        pids = [int(pid) for pid in harness.stdout.readline().split()]
        assert running(pids) == set(pids)
        harness.kill()
    wait_until(lambda: not running(pids))
