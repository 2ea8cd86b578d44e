"""Connections that no request uses at the moment, for the next one to take."""

from __future__ import annotations

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


class Silence(NoAnswer):
    """The server said nothing for as long as a check lasts."""


class Shelf:
    def __init__(self) -> None:
        self._lock = Lock()
        self._resting: deque[tuple[float, BoundedConnection]] = deque()  # since when; the newest is last

    def take(self) -> BoundedConnection | None:
        """A connection whose server answers.

        Raises Silence when it says nothing at all, and NoAnswer when patience ended before that was certain.
        """
        while (connection := self._newest()) is not None:
            if _answers(connection):
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

    def _newest(self) -> BoundedConnection | None:
        self._close_those_resting_since(monotonic() - LONGEST_REST_SECONDS)
        with self._lock:
            return self._resting.pop()[1] if self._resting else None

    def _close_those_resting_since(self, moment: float) -> None:
        with self._lock:
            while self._resting and self._resting[0][0] <= moment:
                self._resting.popleft()[1].close()


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
