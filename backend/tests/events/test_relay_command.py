from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, LiteralString

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from events.models import PendingEvent
from tests.events.event_rows import new_event, pending_ids, record
from tests.events.relay_process import database_url, relay_process, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

pytestmark = pytest.mark.django_db(transaction=True)


def nobody_cares_for(number: int) -> int:
    """Record an event without handlers, whose marker the relay only takes away."""
    (event_id,) = record(new_event(number, "RecipientChanged", subject_type="recipient"))
    return event_id


def database_refusing_connections() -> AbstractContextManager[None]:
    """Throw every other client out of the test's database and let none in again."""
    return _altered("ALLOW_CONNECTIONS false", back="ALLOW_CONNECTIONS true")


def database_that_only_reads() -> AbstractContextManager[None]:
    """As a replica does, which a failover has not made the leader yet."""
    return _altered("SET default_transaction_read_only TO on", back="RESET default_transaction_read_only")


@contextmanager
def _altered(change: LiteralString, *, back: LiteralString) -> Iterator[None]:
    """For every connection but ours, present ones included; afterwards all of them begin anew."""
    alter = sql.SQL("ALTER DATABASE {} ").format(sql.Identifier(connection.settings_dict["NAME"]))
    with psycopg.connect(database_url("postgres"), autocommit=True) as elsewhere:
        elsewhere.execute(alter + sql.SQL(change))
        try:
            _end_connections_but_ours()
            yield
        finally:
            elsewhere.execute(alter + sql.SQL(back))
    _end_connections_but_ours()


def _end_connections_but_ours() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_relays_until_it_is_told_to_stop(tmp_path: Path, number: signal.Signals) -> None:
    with relay_process(tmp_path / "log") as relay:
        nobody_cares_for(1)
        wait_until(lambda: pending_ids() == [])
        nobody_cares_for(2)
        wait_until(lambda: pending_ids() == [])

        relay.process.send_signal(number)

        assert relay.process.wait(5) == 0
        assert relay.has_said("relay_stopped")


def test_it_goes_on_when_a_database_that_refused_it_is_back(tmp_path: Path) -> None:
    with relay_process(tmp_path / "log") as relay:
        nobody_cares_for(1)
        wait_until(lambda: not PendingEvent.objects.exists())

        with database_refusing_connections():
            nobody_cares_for(2)
            wait_until(lambda: relay.has_said("not currently accepting connections"))
            assert relay.process.poll() is None
        wait_until(lambda: not PendingEvent.objects.exists())

        relay.process.terminate()
        assert relay.process.wait(5) == 0


def test_it_goes_on_after_a_while_with_a_database_that_only_reads(tmp_path: Path) -> None:
    with relay_process(tmp_path / "log") as relay:
        nobody_cares_for(1)
        wait_until(lambda: not PendingEvent.objects.exists())

        with database_that_only_reads():
            wait_until(lambda: relay.has_said("read-only transaction"))
            assert relay.process.poll() is None
        nobody_cares_for(2)
        wait_until(lambda: not PendingEvent.objects.exists())
