from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

import redis

from infrastructure.broker import look_at_broker
from infrastructure.payouts.tasks import process_payouts

if TYPE_CHECKING:
    from tests.infrastructure.broker import Broker
    from tests.infrastructure.own_valkey import OwnValkey

# The waits for a connection and for an answer are together below a second.
LATEST_SECONDS = 3.0


def test_it_counts_what_waits_and_what_is_in_work(broker: Broker) -> None:
    process_payouts.delay("sandbox")
    process_payouts.delay("sandbox")
    with redis.Redis.from_url(broker.url) as client:
        client.hset("unacked", "a worker has it", "message")

    seen = look_at_broker()

    assert seen is not None
    assert (seen.waiting, seen.in_work) == (2, 1)
    assert seen.software.startswith("Valkey ")


def test_it_sees_nothing_of_a_broker_that_is_away(broker: Broker, valkey: OwnValkey) -> None:  # noqa: ARG001  Celery's
    valkey.kill()

    assert look_at_broker() is None


def test_it_waits_shortly_for_a_broker_that_hangs(broker: Broker, valkey: OwnValkey) -> None:  # noqa: ARG001  Celery's
    with valkey.frozen():
        began = monotonic()
        assert look_at_broker() is None
        assert monotonic() - began < LATEST_SECONDS
