from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from bench.processes import cpu_seconds, memory_of, paused, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator

# Busy, with a busy child.
PROGRAM = "import os\nos.fork()\nwhile True: pass"


@contextmanager
def running() -> Iterator[int]:
    with subprocess.Popen([sys.executable, "-c", PROGRAM], start_new_session=True) as process:
        try:
            while len(tree_of(process.pid)) < 2:
                time.sleep(0.01)
            yield process.pid
        finally:
            os.killpg(process.pid, 9)


def _spent_in(pid: int, seconds: float) -> float:
    before = cpu_seconds({"it": pid})["it"]
    time.sleep(seconds)
    return cpu_seconds({"it": pid})["it"] - before


def test_it_stops_a_group_and_lets_it_go_on() -> None:
    with running() as pid:
        with paused([pid]):
            assert _spent_in(pid, 0.2) == 0
        assert _spent_in(pid, 0.5) > 0


def test_it_lets_a_group_go_on_after_a_failure() -> None:
    with running() as pid:
        with pytest.raises(KeyboardInterrupt), paused([pid]):
            raise KeyboardInterrupt
        assert _spent_in(pid, 0.5) > 0


def test_it_tells_memory_with_and_without_what_is_shared() -> None:
    memory = memory_of(os.getpid())
    assert 0 < memory.pss_mb <= memory.rss_mb
