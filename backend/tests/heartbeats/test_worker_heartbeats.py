"""A real worker, which beats by what it has done."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from celery import Celery

from heartbeats.models import Heartbeat
from heartbeats.selectors import list_heartbeats
from tests.heartbeats.beat_process import beat_process
from tests.infrastructure.own_valkey import own_valkey
from tests.infrastructure.worker_process import wait_until, worker_process

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.infrastructure.worker_process import Worker

pytestmark = pytest.mark.django_db(transaction=True)

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def worker(transactional_db: None, tmp_path: Path) -> Iterator[Worker]:  # noqa: ARG001  asks for the database
    with (
        own_valkey(tmp_path) as valkey,
        worker_process(tmp_path / "worker.log", broker_url=valkey.broker_url, bank_url=NOBODY) as process,
    ):
        yield process


def beating() -> dict[str, str]:
    return {sign.role.value: sign.instance for sign in list_heartbeats()}


def send(worker: Worker, task: str, *arguments: str) -> None:
    with Celery(broker=worker.broker_url, set_as_current=False) as client:
        client.send_task(f"infrastructure.payouts.tasks.{task}", arguments)


def test_it_beats_for_a_worker_when_a_task_is_done(worker: Worker) -> None:
    for rail in ("nowhere", "nor here"):
        send(worker, "process_payouts", rail)
    # By the time of the second failure, the only child is wholly through with the first.
    wait_until(lambda: worker.has_said("There is no rail 'nor here'"), timeout_seconds=20)
    assert beating() == {}

    worker.wake()
    wait_until(lambda: bool(beating()), timeout_seconds=20)
    # The wake-up is the relay's: it says nothing of beat.
    assert beating() == {"worker": f"celery@{socket.gethostname()}"}


def test_it_beats_for_beat_when_a_sweep_it_sent_is_done(worker: Worker, tmp_path: Path) -> None:
    with beat_process(tmp_path, broker_url=worker.broker_url) as process_id:
        wait_until(lambda: len(beating()) == 2, timeout_seconds=20)
    host = socket.gethostname()
    assert beating() == {"worker": f"celery@{host}", "beat": f"gen{process_id}@{host}"}
    assert Heartbeat.objects.count() == 2
