from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest
from celery import Celery

from infrastructure.worker_watch import ABSENCE_SECONDS, EX_TEMPFAIL
from tests.chaos.process_tree import child_pids
from tests.infrastructure.own_valkey import own_valkey
from tests.infrastructure.worker_process import wait_until, worker_process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.infrastructure.worker_process import Worker

pytestmark = pytest.mark.django_db(transaction=True)

NOBODY = "http://127.0.0.1:9"
PATIENCE_SECONDS = 3.0


@pytest.fixture
def worker(transactional_db: None, tmp_path: Path) -> Iterator[Worker]:  # noqa: ARG001  asks for the database
    log = tmp_path / "worker.log"
    with (
        own_valkey(tmp_path) as valkey,
        worker_process(
            log, broker_url=valkey.broker_url, bank_url=NOBODY, patience_seconds=PATIENCE_SECONDS
        ) as process,
    ):
        yield process


def test_it_ends_when_its_children_take_no_tasks(worker: Worker) -> None:
    for child in child_pids(worker.process.pid):
        os.kill(child, signal.SIGSTOP)
    worker.wake()

    wait_until(lambda: worker.process.poll() is not None, timeout_seconds=20)

    assert worker.process.returncode == EX_TEMPFAIL
    assert worker.has_said("worker_hangs")


def test_it_goes_on_while_tasks_are_done_or_there_are_none(worker: Worker) -> None:
    for _ in range(3):
        worker.wake(times=3)
        time.sleep(PATIENCE_SECONDS / 2)

    assert worker.process.poll() is None


def test_it_goes_on_when_it_has_heard_nothing_for_a_while(worker: Worker) -> None:
    (child,) = child_pids(worker.process.pid)
    os.kill(child, signal.SIGSTOP)
    worker.wake()
    time.sleep(PATIENCE_SECONDS / 2)
    os.kill(worker.process.pid, signal.SIGSTOP)
    os.kill(child, signal.SIGCONT)
    time.sleep(ABSENCE_SECONDS + 1)

    os.kill(worker.process.pid, signal.SIGCONT)
    time.sleep(1.5)

    assert worker.process.poll() is None


def test_it_ends_when_it_takes_no_messages(worker: Worker) -> None:
    with Celery(broker=worker.broker_url, set_as_current=False) as client:
        assert client.control.cancel_consumer("celery", reply=True, timeout=5)
    worker.wake()

    wait_until(lambda: worker.process.poll() is not None, timeout_seconds=20)

    assert worker.process.returncode == EX_TEMPFAIL
    assert worker.has_said("worker_takes_no_messages")
