from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest

from database.postgresql import driver
from database.postgresql.connection import BoundedConnection, NoAnswer
from database.postgresql.patience import database_patience
from database.postgresql.statement import Statement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.database.own_postgres import OwnPostgres

ANSWER_SECONDS = 0.5


@pytest.fixture
def connection(postgres: OwnPostgres) -> Iterator[BoundedConnection]:
    with driver.connect(conninfo=postgres.url, answer_timeout_seconds=ANSWER_SECONDS) as open_connection:
        yield open_connection
        open_connection.close()


@contextmanager
def lasting(at_least: float, at_most: float) -> Iterator[None]:
    """Seconds."""
    started = time.monotonic()
    yield
    assert at_least <= time.monotonic() - started < at_most


@pytest.mark.parametrize(
    "operation",
    [
        lambda connection: connection.execute("SELECT 1"),
        lambda connection: connection.commit(),
        lambda connection: connection.rollback(),
        lambda connection: connection.cursor().executemany("SELECT %s", [(1,), (2,)]),
        lambda connection: connection.rows_of(Statement("SELECT 1", is_planned_once=True), []),
    ],
)
def test_it_does_not_wait_longer_for_a_server_that_stopped(
    postgres: OwnPostgres, connection: BoundedConnection, operation: Callable[[BoundedConnection], object]
) -> None:
    connection.execute("SELECT 1")  # a transaction is open now
    with postgres.frozen(), lasting(ANSWER_SECONDS, 1.5), pytest.raises(NoAnswer):
        operation(connection)
    assert connection.closed


def test_it_fails_at_once_after_it_was_given_up(postgres: OwnPostgres, connection: BoundedConnection) -> None:
    with postgres.frozen():
        with pytest.raises(NoAnswer):
            connection.execute("SELECT 1")
        with lasting(0, 0.1), pytest.raises(psycopg.OperationalError):
            connection.rollback()


def test_it_leaves_the_first_word_to_the_server(connection: BoundedConnection) -> None:
    connection.execute("SET statement_timeout = 100")
    with pytest.raises(psycopg.errors.QueryCanceled):
        connection.execute("SELECT pg_sleep(5)")
    assert not connection.closed


def test_it_waits_as_long_as_it_takes_when_nothing_else_was_asked_for(postgres: OwnPostgres) -> None:
    with driver.connect(conninfo=postgres.url) as connection:
        assert connection.execute("SELECT pg_sleep(0.2), 1").fetchone() == ("", 1)


def test_it_waits_no_longer_than_patience_lasts(connection: BoundedConnection) -> None:
    with database_patience(0.3), lasting(0.3, 0.45), pytest.raises(NoAnswer):  # noqa: PT012  all of them together
        for _ in range(10):
            connection.execute("SELECT pg_sleep(0.1)")
    assert connection.closed


def test_it_does_not_begin_when_patience_is_over(connection: BoundedConnection) -> None:
    with database_patience(0), lasting(0, 0.1), pytest.raises(NoAnswer):
        connection.execute("SELECT pg_sleep(1)")


def test_it_gives_no_more_patience_within_less(connection: BoundedConnection) -> None:
    with database_patience(0.1), database_patience(60), pytest.raises(NoAnswer):
        connection.execute("SELECT pg_sleep(0.3)")


def test_it_tells_a_silent_server_from_spent_patience(
    postgres: OwnPostgres, connection: BoundedConnection
) -> None:
    heard: list[str] = []
    connection.on_silence = lambda: heard.append("silence")
    with driver.connect(conninfo=postgres.url, answer_timeout_seconds=ANSWER_SECONDS) as hurried:
        hurried.on_silence = lambda: heard.append("haste")
        with database_patience(0.05), pytest.raises(NoAnswer):
            hurried.execute("SELECT pg_sleep(0.2)")
    with postgres.frozen(), pytest.raises(NoAnswer):
        connection.execute("SELECT 1")
    assert heard == ["silence"]


@pytest.mark.parametrize("is_planned_once", [True, False])
def test_it_says_that_the_server_has_ended_it(
    connection: BoundedConnection, *, is_planned_once: bool
) -> None:
    # The server says so, and hangs up: both are told.
    itself = Statement(
        "SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(5)", is_planned_once=is_planned_once
    )

    with pytest.raises(psycopg.OperationalError):
        connection.rows_of(itself, [])
    assert not connection.is_at_rest
