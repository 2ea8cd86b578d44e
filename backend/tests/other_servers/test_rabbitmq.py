"""RabbitMQ as the broker: what the service declares, how long it waits, what comes again."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest
from amqp.exceptions import PreconditionFailed
from kombu import Queue
from kombu.exceptions import OperationalError

from cli.findings import Verdict
from cli.stack_checks import check_rabbitmq
from config import celery_app
from infrastructure.broker import look_at_broker
from infrastructure.brokers import rabbitmq as broker_code
from infrastructure.brokers.kinds import broker_kind
from infrastructure.payouts.tasks import process_payouts
from sandbox_bank.running import Settings as BankSettings
from sandbox_bank.running import running_bank
from tests.factories import make_organization, make_payout, make_recipient
from tests.infrastructure.broker import connect_celery
from tests.infrastructure.worker_process import wait_until, worker_process
from tests.sandbox_bank.bank_client import BankClient, http_client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.infrastructure.worker_process import Worker
    from tests.other_servers.own_rabbitmq import OwnRabbitMQ

# Of a look: 0.2 s to connect, 0.5 s for an answer.
LOOK_SECONDS = 2.0
# Of a publisher that waits 1 s for answers, for this test, and then tries twice to connect.
PUBLISH_SECONDS = 4.5
# Of a rejected message on its way back into the queue, on a busy machine.
RETURN_SECONDS = 3.0


@pytest.fixture
def publishing(rabbitmq: OwnRabbitMQ) -> Iterator[None]:
    """The application publishes there; the queue is empty at first."""
    kind = broker_kind(rabbitmq.url)
    told = {
        "task_queues": kind.queues("celery"),
        "broker_transport_options": dict(kind.transport_options(rabbitmq.url)),
        "task_publish_retry": True,
        "task_publish_retry_policy": kind.publish_retries(rabbitmq.url),
    }
    before = {name: getattr(celery_app.conf, name) for name in told}
    empty(rabbitmq)
    celery_app.conf.update(told)
    celery_app.amqp.__dict__.pop("queues", None)
    with connect_celery(celery_app, rabbitmq.url):
        yield
    celery_app.conf.update(before)
    celery_app.amqp.__dict__.pop("queues", None)


def empty(rabbitmq: OwnRabbitMQ) -> None:
    (queue,) = broker_code.queues("celery")
    with rabbitmq.client() as client:
        declared = queue.bind(client.default_channel)
        declared.declare()
        declared.purge()


def waiting(rabbitmq: OwnRabbitMQ) -> int:
    wake_ups = rabbitmq.wake_ups()
    try:
        return wake_ups.count_waiting()
    finally:
        wake_ups.close()


@pytest.mark.usefixtures("publishing")
def test_it_sees_what_waits() -> None:
    for _ in range(3):
        process_payouts.delay("sandbox")

    seen = look_at_broker()

    assert seen is not None
    assert (seen.waiting, seen.in_work) == (3, None)
    assert seen.software.startswith("RabbitMQ 3.")


def test_it_sees_nothing_wait_where_nobody_has_declared_a_queue(rabbitmq: OwnRabbitMQ) -> None:
    with rabbitmq.client() as client:
        Queue("celery", channel=client.default_channel).delete()
    wake_ups = rabbitmq.wake_ups()

    assert [wake_ups.count_waiting(), wake_ups.look().waiting] == [0, 0]

    wake_ups.close()


@pytest.mark.usefixtures("publishing")
def test_it_declares_a_quorum_queue(rabbitmq: OwnRabbitMQ) -> None:
    process_payouts.delay("sandbox")

    with rabbitmq.client() as client, pytest.raises(PreconditionFailed, match="'quorum'"):
        Queue("celery", channel=client.default_channel, durable=True).queue_declare()


@pytest.mark.usefixtures("publishing")
def test_it_drops_a_wake_up_that_kills_everybody(rabbitmq: OwnRabbitMQ) -> None:
    process_payouts.delay("sandbox")
    deliveries = 0

    with rabbitmq.client() as client:
        queue = Queue("celery", channel=client.default_channel)
        wait_until(lambda: waiting(rabbitmq) == 1, timeout_seconds=5)
        last_seen = time.monotonic()
        # A count would be no end: between its rejection and its return the message is nowhere in it.
        while time.monotonic() - last_seen < RETURN_SECONDS:
            if message := queue.get():
                deliveries += 1
                message.reject(requeue=True)
                last_seen = time.monotonic()
            time.sleep(0.01)

    assert deliveries == broker_code.DELIVERY_LIMIT + 1


@pytest.mark.usefixtures("publishing")
def test_it_keeps_no_publisher_and_no_page_waiting_while_it_hangs(rabbitmq: OwnRabbitMQ) -> None:
    celery_app.conf.broker_transport_options = {
        **celery_app.conf.broker_transport_options,
        "answer_timeout_seconds": 1.0,
    }
    process_payouts.delay("sandbox")  # the connection is there

    with rabbitmq.frozen():
        began = time.monotonic()
        with pytest.raises(OperationalError):
            process_payouts.delay("sandbox")
        published = time.monotonic()
        assert look_at_broker() is None
        looked = time.monotonic()

    assert published - began < PUBLISH_SECONDS
    assert looked - published < LOOK_SECONDS
    process_payouts.delay("sandbox")


@pytest.mark.usefixtures("publishing")
def test_it_publishes_to_the_next_server_when_the_first_is_away(rabbitmq: OwnRabbitMQ) -> None:
    several = f"amqp://guest:guest@127.0.0.1:9//;{rabbitmq.url}"
    options = broker_kind(several).transport_options(several)
    celery_app.conf.update(broker_transport_options=dict(options))

    with connect_celery(celery_app, several):
        process_payouts.delay("sandbox")

    assert waiting(rabbitmq) == 1


def test_it_is_found_by_the_doctor(rabbitmq: OwnRabbitMQ) -> None:
    finding = check_rabbitmq(rabbitmq.url)

    assert finding.verdict is Verdict.WELL
    assert finding.seen.startswith("RabbitMQ 3.")


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[BankClient]:
    with (
        running_bank(BankSettings("127.0.0.1", 0, tmp_path / "bank.sqlite")) as url,
        http_client(url) as http,
    ):
        yield BankClient(http)


@pytest.fixture
def worker(
    transactional_db: None,  # noqa: ARG001  asks for the database
    tmp_path: Path,
    rabbitmq: OwnRabbitMQ,
    bank: BankClient,
) -> Iterator[Worker]:
    log = tmp_path / "worker.log"
    with worker_process(log, broker_url=rabbitmq.url, bank_url=str(bank.http.base_url)) as process:
        yield process


@pytest.mark.usefixtures("publishing")
def test_it_gives_a_killed_workers_wake_up_again(
    rabbitmq: OwnRabbitMQ, worker: Worker, bank: BankClient
) -> None:
    bank.behave(latency_ms=1_500)
    payout = make_payout(make_recipient(make_organization("Acme")))
    process_payouts.delay("sandbox")

    def is_being_sent() -> bool:
        payout.refresh_from_db()
        return bool(payout.status == "PROCESSING")

    wait_until(is_being_sent, timeout_seconds=10)
    assert waiting(rabbitmq) == 0
    os.killpg(worker.process.pid, signal.SIGKILL)

    wait_until(lambda: waiting(rabbitmq) == 1, timeout_seconds=10)
