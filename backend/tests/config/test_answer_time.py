"""An answer that is made while it is sent gets more time, as long as it makes progress."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import pytest

from config.gunicorn_worker import PatientWorker
from core.answer_time import renew_answer_time, renewable_by

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(eq=False)
class Connection:
    sock: socket.socket


@pytest.fixture
def worker() -> PatientWorker:
    """One that waits for nobody yet; its sockets and threads are not needed."""
    made = PatientWorker.__new__(PatientWorker)
    made._arriving, made._leaving, made._answering = {}, {}, {}
    return made


@pytest.fixture
def connection() -> Iterator[Connection]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield Connection(ours)


def is_open(connection: Connection) -> bool:
    try:
        connection.sock.send(b"x")
    except BrokenPipeError:
        return False
    return True


@pytest.mark.parametrize("is_renewed", [False, True])
def test_it_ends_an_answer_that_asks_for_no_more_time(
    worker: PatientWorker,
    connection: Connection,
    is_renewed: bool,  # noqa: FBT001  a column of the table
) -> None:
    worker._answering[connection] = 0.0

    if is_renewed:
        with renewable_by(partial(worker._renew_answer_time, connection)):
            renew_answer_time()
    worker.murder_pending()

    assert is_open(connection) == is_renewed


def test_it_makes_the_renewed_one_wait_behind_the_others(
    worker: PatientWorker, connection: Connection
) -> None:
    overdue = Connection(connection.sock.dup())
    worker._answering[connection] = worker._answering[overdue] = 0.0

    worker._renew_answer_time(connection)

    assert list(worker._answering) == [overdue, connection]
    overdue.sock.close()


def test_it_does_not_begin_anew_what_was_ended(worker: PatientWorker, connection: Connection) -> None:
    worker._answering[connection] = 0.0
    worker.murder_pending()

    worker._renew_answer_time(connection)

    assert not worker._answering
    assert not is_open(connection)


def test_it_asks_nobody_where_nobody_counts() -> None:
    asked: list[int] = []

    with renewable_by(partial(asked.append, 1)):
        renew_answer_time()
    renew_answer_time()

    assert asked == [1]
