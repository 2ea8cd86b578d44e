"""The whole service with RabbitMQ as its broker and PgBouncer before its database."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.journeys.stack import Stack, running_stack
from tests.servers import home_for_servers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.stack import Json
    from tests.other_servers.own_pgbouncer import OwnPgBouncer
    from tests.other_servers.own_rabbitmq import OwnRabbitMQ


# Not for the session: its worker would take what other tests put into the queue.
@pytest.fixture(scope="module")
def stack(rabbitmq: OwnRabbitMQ, pgbouncer: OwnPgBouncer) -> Iterator[Stack]:
    environment = {
        "DJANGO_SETTINGS_MODULE": "config.settings.prod",
        "REDIS_URL": "",
        "CELERY_BROKER_URL": rabbitmq.url,
        "DATABASE_URL": pgbouncer.url,
        "DB_BEHIND_PGBOUNCER": "true",
        "SANDBOX_RAIL_LEASE_SECONDS": "5",
        "SANDBOX_RAIL_SETTLE_WINDOW_SECONDS": "3",
    }
    with home_for_servers() as home, running_stack(home, environment) as running:
        yield running


def post_until_taken(stack: Stack, key: str, seconds: float = 10.0) -> Json:
    """As clients do that are answered 503."""
    deadline = time.monotonic() + seconds
    while (answer := stack.post_payout(key)).status_code == 503:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.2)
    assert answer.status_code in (200, 201), answer.text
    payout: Json = answer.json()
    return payout


def test_it_makes_one_payout_of_ten_connections_with_one_key_and_pays_it(stack: Stack) -> None:
    with ThreadPoolExecutor(10) as clients:
        payouts = list(clients.map(lambda _: post_until_taken(stack, "ten-at-once"), range(10)))

    (payout_id,) = {payout["id"] for payout in payouts}
    paid = stack.wait_for(payout_id, "confirmed", seconds=10)
    assert paid["status"] == "COMPLETED"
    assert len(stack.executions(paid["reference"])) == 1


def test_it_takes_payouts_without_the_broker_and_pays_them_after(stack: Stack, rabbitmq: OwnRabbitMQ) -> None:
    stack.bank("POST", "/behaviour", json={"lost_reply_rate": 1})
    payouts = [stack.add_payout("before-the-broker-went")]
    stack.wait_for(payouts[0]["id"], "unknown", seconds=15)
    stack.bank("POST", "/behaviour", json={"lost_reply_rate": 0})
    rabbitmq.kill()
    began = time.monotonic()
    payouts += [stack.add_payout(f"without-the-broker-{number}") for number in range(5)]
    taken = time.monotonic() - began
    os.killpg(os.getpgid(stack.pid("worker")), signal.SIGKILL)

    rabbitmq.start()

    assert taken < 5
    for payout in payouts:  # nobody but beat has the bank asked about the first
        assert stack.wait_for(payout["id"], "confirmed", seconds=30)["status"] == "COMPLETED"
        assert len(stack.executions(payout["reference"])) == 1


def test_it_is_back_with_its_pooler(stack: Stack, pgbouncer: OwnPgBouncer) -> None:
    payout = stack.add_payout("before-the-pooler-went")
    pgbouncer.kill()
    refused = stack.post_payout("without-the-pooler")
    pgbouncer.start()

    again = post_until_taken(stack, "without-the-pooler")

    assert refused.status_code == 503
    for payout_id in (payout["id"], again["id"]):
        paid = stack.wait_for(payout_id, "confirmed", seconds=30)
        assert len(stack.executions(paid["reference"])) == 1


def test_it_exports_and_tells_of_itself(stack: Stack) -> None:
    with stack.signed_in_browser() as browser:
        exported = browser.post("/admin/payouts/payout/export/?status=COMPLETED")
        system = browser.get("/admin/system/")

    assert "END OF EXPORT" in exported.text
    assert "RabbitMQ 3." in system.text
    assert "not told" in system.text
