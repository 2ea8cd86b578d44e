"""How the threads of one process share their connections, and what they have found out about the server."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

import psycopg

from core.breaker import Breaker
from database.postgresql.patience import seconds_left
from database.postgresql.shelf import Shelf, Silence

if TYPE_CHECKING:
    from collections.abc import Callable

    from database.postgresql.connection import BoundedConnection

# Constant: a pause that grew would go on after the server is back.
PAUSE_SECONDS = 1.0


class DatabaseIsAway(psycopg.OperationalError):
    def __init__(self) -> None:
        super().__init__("the database was away a moment ago, and not everybody tries it at once")


class PatienceIsOver(psycopg.OperationalError):
    def __init__(self) -> None:
        super().__init__("the database has been waited for as long as this work may wait for it")


class SharedConnections:
    """As many connections as there are requests at work, and for a minute those that are left over.

    A request connects by itself, so that it hears at once what is wrong. When one cannot connect, or finds
    the server silent, no other connects for a pause; then one of them tries for all.
    """

    def __init__(self) -> None:
        self._shelf = Shelf()
        self._breaker = Breaker(
            patience=1,
            first_pause_seconds=PAUSE_SECONDS,
            longest_pause_seconds=PAUSE_SECONDS,
            clock=monotonic,
        )

    def take(self, connect: Callable[[], BoundedConnection]) -> BoundedConnection:
        """Raises psycopg.OperationalError; DatabaseIsAway when the server was not even tried.

        Who has no patience left has learnt nothing about the server: everybody else goes on.
        """
        return self.take_resting() or self._connected(connect)

    def take_resting(self) -> BoundedConnection | None:
        """One that is there already. Raises psycopg.OperationalError as `take` does."""
        if seconds_left() <= 0:
            raise PatienceIsOver
        try:
            return self._shelf.take()
        except Silence:
            self._give_up()
            raise

    def put(self, connection: BoundedConnection) -> None:
        self._shelf.put(connection)

    def close(self) -> None:
        """Close all that rest; those in use are not touched."""
        self._shelf.clear()

    def _connected(self, connect: Callable[[], BoundedConnection]) -> BoundedConnection:
        if not self._breaker.admit():
            raise DatabaseIsAway
        try:
            connection = connect()
        except BaseException:
            self._breaker.record_failure()
            raise
        self._breaker.record_success()
        connection.on_silence = self._give_up
        return connection

    def _give_up(self) -> None:
        # Connections at rest lead to the same server: whoever took one would wait to find it silent too.
        self._breaker.trip()
        self._shelf.clear()
