from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psycopg
import pytest

from database.postgresql import driver, shelf
from database.postgresql.connection import NoAnswer
from database.postgresql.patience import database_patience
from database.postgresql.sharing import PAUSE_SECONDS, DatabaseIsAway, PatienceIsOver, SharedConnections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from database.postgresql.connection import BoundedConnection
    from tests.database.own_postgres import OwnPostgres


class Callers:
    """Those who share; `tries` counts how often the server was connected to."""

    def __init__(self, postgres: OwnPostgres) -> None:
        self.postgres = postgres
        self.shared = SharedConnections()
        self.tries = 0

    def connect(self) -> BoundedConnection:
        self.tries += 1
        return driver.connect(
            conninfo=self.postgres.url, autocommit=True, connect_timeout=2, answer_timeout_seconds=1.0
        )

    def take(self) -> BoundedConnection:
        return self.shared.take(self.connect)


@pytest.fixture
def callers(postgres: OwnPostgres) -> Iterator[Callers]:
    callers = Callers(postgres)
    yield callers
    callers.shared.close()


def test_it_hands_a_connection_on(callers: Callers) -> None:
    first = callers.take()
    callers.shared.put(first)
    assert callers.take() is first
    first.close()
    assert callers.tries == 1


def test_it_connects_for_everyone_at_work(callers: Callers) -> None:
    first, second = callers.take(), callers.take()
    assert first is not second
    for connection in (first, second):
        callers.shared.put(connection)


def test_it_hands_on_nothing_that_was_left_in_the_middle(callers: Callers) -> None:
    left = callers.take()
    left.execute("BEGIN")
    callers.shared.put(left)
    assert left.closed


def test_it_keeps_no_connection_that_nobody_needs(callers: Callers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "LONGEST_REST_SECONDS", 0.05)
    rested = callers.take()
    callers.shared.put(rested)
    time.sleep(0.06)
    fresh = callers.take()
    assert rested.closed
    assert fresh is not rested
    fresh.close()


def test_it_replaces_connections_that_the_server_has_closed(callers: Callers) -> None:
    lost = [callers.take() for _ in range(8)]
    for connection in lost:
        callers.shared.put(connection)
    with psycopg.connect(callers.postgres.url, autocommit=True) as elsewhere:
        elsewhere.execute(
            "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
    started = time.monotonic()
    found = callers.take()
    assert found.execute("SELECT 1").fetchone() == (1,)
    assert time.monotonic() - started < 0.5
    assert all(connection.closed for connection in lost)
    found.close()


def test_it_turns_callers_away_after_one_could_not_connect(callers: Callers) -> None:
    callers.postgres.kill()
    try:
        with pytest.raises(psycopg.OperationalError, match="refused"):
            callers.take()
        for _ in range(100):
            with pytest.raises(DatabaseIsAway):
                callers.take()
        assert callers.tries == 1
    finally:
        callers.postgres.start_again()
    time.sleep(PAUSE_SECONDS)
    callers.take().close()
    callers.take().close()  # the first has found out for all


def test_it_does_not_let_others_wait_for_a_server_found_silent(callers: Callers) -> None:
    working, resting, idle = callers.take(), callers.take(), callers.take()
    callers.shared.put(resting)
    callers.shared.put(idle)
    with callers.postgres.frozen():
        with pytest.raises(NoAnswer):
            working.execute("SELECT 1")
        started = time.monotonic()
        with pytest.raises(DatabaseIsAway):
            callers.take()
        assert time.monotonic() - started < 0.2
    assert resting.closed
    assert idle.closed


def test_it_finds_a_resting_connection_silent_in_time(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "CHECK_SECONDS", 0.2)
    monkeypatch.setattr(shelf, "FRESH_SECONDS", 0.0)
    callers.shared.put(callers.take())
    with callers.postgres.frozen():
        started = time.monotonic()
        with pytest.raises(NoAnswer):
            callers.take()
        with pytest.raises(DatabaseIsAway):
            callers.take()
        assert time.monotonic() - started < 0.8


def test_it_shuts_nobody_else_out_when_one_has_no_patience_left(callers: Callers) -> None:
    kept = callers.take()
    callers.shared.put(kept)
    with database_patience(0), pytest.raises(PatienceIsOver):
        callers.take()
    assert callers.take() is kept
    kept.close()
    assert callers.tries == 1


def test_it_does_not_connect_for_one_who_has_no_patience_left(callers: Callers) -> None:
    with database_patience(0), pytest.raises(PatienceIsOver):
        callers.take()
    assert callers.tries == 0


def test_it_does_not_take_a_short_wait_for_silence(callers: Callers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "FRESH_SECONDS", 0.0)
    asked, rested = callers.take(), callers.take()
    callers.shared.put(rested)
    callers.shared.put(asked)
    with callers.postgres.frozen(), database_patience(0.1), pytest.raises(NoAnswer):
        callers.take()
    assert asked.closed
    assert callers.take() is rested
    rested.close()


def test_it_does_not_ask_who_has_answered_a_moment_ago(callers: Callers) -> None:
    fresh = callers.take()
    callers.shared.put(fresh)
    with callers.postgres.frozen():
        assert callers.take() is fresh  # nothing was waited for
    fresh.close()


def test_it_hands_on_no_connection_whose_server_has_gone(callers: Callers) -> None:
    fresh = callers.take()
    callers.shared.put(fresh)
    with callers.connect() as another:
        another.execute("SELECT pg_terminate_backend(%s, 5000)", [fresh.info.backend_pid])  # until it is gone

    after = callers.take()

    assert after is not fresh
    assert fresh.closed
    after.close()


def test_it_gives_up_connecting_to_a_server_that_stopped(callers: Callers) -> None:
    with callers.postgres.frozen():
        started = time.monotonic()
        with pytest.raises(psycopg.errors.ConnectionTimeout):
            callers.take()
        assert time.monotonic() - started < 2.5


def test_it_uses_what_it_has_while_no_more_is_to_be_had(callers: Callers) -> None:
    kept = callers.take()
    with (
        callers.postgres.without_slots(taken_from="nobody"),
        pytest.raises(psycopg.OperationalError, match=r"too many clients|connection slots"),
    ):
        callers.take()
    callers.shared.put(kept)
    assert callers.take() is kept
    kept.close()
