"""Real processes count into real files, and end in every way."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from infrastructure.metrics import ended_processes
from infrastructure.metrics.ended_processes import CountsAreBusyError, fold_ended_processes, read_counts
from infrastructure.metrics.process_files import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Counts what it reads, and says so.
_COUNTING = """
import sys
from prometheus_client import Counter, Gauge, Histogram
counter = Counter("paid_total", "Paid.", ("rail",))
histogram = Histogram("lag_seconds", "Lag.", buckets=(1.0, 10.0))
gauge = Gauge("seen", "Seen.", multiprocess_mode="livemax")
for line in sys.stdin:
    counter.labels("sandbox").inc(float(line))
    histogram.observe(float(line))
    gauge.set(float(line))
    print("counted", flush=True)
"""


class Counting:
    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _COUNTING],
            env={**os.environ, VARIABLE: str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def count(self, amount: float) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        print(amount, file=self.process.stdin, flush=True)
        assert self.process.stdout.readline() == "counted\n"

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


@contextmanager
def counting(folder: Path) -> Iterator[Counting]:
    process = Counting(folder)
    try:
        yield process
    finally:
        process.kill()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path


def told(folder: Path) -> dict[str, float]:
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for metric in read_counts(folder)
        for sample in metric.samples
    }


def test_it_adds_up_the_living_and_the_ended(folder: Path) -> None:
    with counting(folder) as one, counting(folder) as two:
        one.count(3)
        two.count(4)
        assert told(folder)["paid_total sandbox"] == 7
        assert told(folder)["seen"] == 4

        two.kill()
        assert told(folder)["paid_total sandbox"] == 7
        assert told(folder)["seen"] == 3
        one.count(20)
        assert told(folder)["paid_total sandbox"] == 27
        assert told(folder)["lag_seconds_count"] == 3
        assert told(folder)["lag_seconds_sum"] == 27
        assert told(folder)["lag_seconds_bucket 1.0"] == 0
        assert told(folder)["lag_seconds_bucket 10.0"] == 2
        assert told(folder)["lag_seconds_bucket +Inf"] == 3


def test_it_keeps_no_file_for_each_process_that_has_ended(folder: Path) -> None:
    for amount in (1, 2, 3):
        with counting(folder) as process:
            process.count(amount)
        fold_ended_processes()
        assert sorted(file.name for file in folder.glob("*.db")) == ["counter_ended.db", "histogram_ended.db"]
    assert told(folder)["paid_total sandbox"] == 6


def test_it_never_tells_less_than_before_nor_too_much_while_processes_end(folder: Path) -> None:
    seen: list[float] = []
    with counting(folder) as first, counting(folder) as second, counting(folder) as third:
        for process in (first, second, third):
            process.count(100)
        reader = Thread(target=lambda: seen.extend(told(folder)["paid_total sandbox"] for _ in range(150)))
        reader.start()
        for process in (first, second, third):
            process.kill()
            fold_ended_processes()
        reader.join()
    assert set(seen) == {300}


def test_it_takes_a_file_that_was_made_a_moment_ago(folder: Path) -> None:
    (folder / f"counter_{os.getpid()}.db").touch()
    with counting(folder) as process:
        process.count(1)
        assert told(folder)["paid_total sandbox"] == 1


def test_it_waits_for_another_reader_so_long_and_no_longer(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ended_processes, "PATIENCE_SECONDS", 0.05)
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock.fileno(), fcntl.LOCK_EX)
        with pytest.raises(CountsAreBusyError):
            read_counts(folder)
        fold_ended_processes()  # who reads folds as well
    assert list(read_counts(folder)) == []


def test_it_folds_nothing_where_nobody_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    fold_ended_processes()
