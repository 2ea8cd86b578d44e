from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cli.embedded.valkey import EmbeddedValkey
from tests.collector import Collector, running_collector
from tests.journeys.stack import Stack, running_stack
from tests.servers import home_for_servers

if TYPE_CHECKING:
    from collections.abc import Iterator

# Shorter than the defaults, so that nobody waits long for a person to be called or a lease to run out.
TIMES = {
    "SANDBOX_RAIL_LEASE_SECONDS": "5",
    "SANDBOX_RAIL_ACCEPTED_PATIENCE_SECONDS": "4",
    "SANDBOX_RAIL_HORIZON_SECONDS": "12",
}


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    """The stack's Redis, in the test's own hands, so that it stays down when it is stopped."""
    server = EmbeddedValkey(home=tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    """Where the stack sends its traces."""
    with running_collector() as collector:
        yield collector


@pytest.fixture(scope="session")
def _stack(valkey: EmbeddedValkey, collector: Collector) -> Iterator[Stack]:
    environment = {
        "REDIS_URL": valkey.url,
        # An own database: the test session's is another one.
        "DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "config.settings.prod",
        "LOG_FORMAT": "json",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_BSP_SCHEDULE_DELAY": "200",
        **TIMES,
    }
    with home_for_servers() as home, running_stack(home, environment) as stack:
        yield stack


@pytest.fixture(scope="session")
def service(_stack: Stack) -> Stack:
    """The running service, for what never reaches the bank."""
    return _stack


@pytest.fixture
def stack(_stack: Stack) -> Stack:
    """The running service, with a bank that behaves."""
    _stack.bank(
        "POST",
        "/behaviour",
        json={"latency_ms": 0, "lost_reply_rate": 0, "error_rate": 0, "idempotent": True, "in_flight_ms": 0},
    )
    return _stack
