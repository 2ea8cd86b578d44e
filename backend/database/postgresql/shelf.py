"""Connections that no request uses at the moment, for the next one to take."""

from __future__ import annotations

import select
from collections import deque
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

import psycopg

from database.postgresql.connection import NoAnswer
from database.postgresql.patience import database_patience, seconds_left

if TYPE_CHECKING:
    from database.postgresql.connection import BoundedConnection

# What rests for longer is closed: a peak leaves nothing behind, and firewalls forget silent connections.
LONGEST_REST_SECONDS = 60.0
# A server that is well answers within milliseconds.
CHECK_SECONDS = 2.0
# Whoever was answered so lately need not be asked: a server that has gone since has closed the connection,
# and one that fell silent in between is found out by the next statement itself.
FRESH_SECONDS = 1.0


class Silence(NoAnswer):
    """The server said nothing for as long as a check lasts."""


class Shelf:
    def __init__(self) -> None:
        self._lock = Lock()
        self._resting: deque[tuple[float, BoundedConnection]] = deque()  # since when; the newest is last

    def take(self) -> BoundedConnection | None:
        """A connection whose server answers, or has answered a moment ago.

        Raises Silence when it says nothing at all, and NoAnswer when patience ended before that was certain.
        """
        while (resting := self._newest()) is not None:
            since, connection = resting
            is_fresh = monotonic() - since < FRESH_SECONDS and not _has_come(connection)
            if is_fresh or _answers(connection):
                return connection
        return None

    def put(self, connection: BoundedConnection) -> None:
        """Keep it for others, unless it was left in the middle of something or is broken."""
        if not connection.is_at_rest:
            connection.close()
            return
        with self._lock:
            self._resting.append((monotonic(), connection))
        self._close_those_resting_since(monotonic() - LONGEST_REST_SECONDS)

    def clear(self) -> None:
        self._close_those_resting_since(monotonic())

    def _newest(self) -> tuple[float, BoundedConnection] | None:
        self._close_those_resting_since(monotonic() - LONGEST_REST_SECONDS)
        with self._lock:
            return self._resting.pop() if self._resting else None

    def _close_those_resting_since(self, moment: float) -> None:
        with self._lock:
            while self._resting and self._resting[0][0] <= moment:
                self._resting.popleft()[1].close()


def _has_come(connection: BoundedConnection) -> bool:
    """Whether there is something to read from a server that was asked nothing: its farewell, most likely."""
    poll = select.poll()
    poll.register(connection.pgconn.socket, select.POLLIN)
    return bool(poll.poll(0))


def _answers(connection: BoundedConnection) -> bool:
    is_whole_check = seconds_left() >= CHECK_SECONDS
    try:
        with database_patience(CHECK_SECONDS):
            connection.execute("")
    except NoAnswer as error:
        if is_whole_check:
            raise Silence from error
        raise
    except psycopg.Error:
        connection.close()
        return False
    return True
