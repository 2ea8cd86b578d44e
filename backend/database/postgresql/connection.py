"""Connections that never wait for ever.

PostgreSQL itself enforces `statement_timeout`. A server that is stopped, or behind a network that swallows
packets, enforces nothing: the time has to be measured on this side too.
"""

from __future__ import annotations

from contextlib import suppress
from math import inf
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg.errors import _WaitTimeout
from psycopg.pq import TransactionStatus

from database.postgresql.patience import seconds_left

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg.abc import PQGen

R = TypeVar("R")

_LOOK_FOR_SIGNALS_SECONDS = 0.1


class NoAnswer(psycopg.OperationalError):
    """Whether the statement was executed is not known."""

    def __init__(self) -> None:
        super().__init__("the database did not answer in time: the connection is closed")


class BoundedConnection(psycopg.Connection[Any]):
    """Every wait for an answer ends: after `answer_timeout_seconds`, or sooner with the database's patience.

    Then the connection is closed and NoAnswer is raised. No cancellation is sent, since that would mean
    waiting for the same server again.
    """

    answer_timeout_seconds: float = inf
    on_silence: Callable[[], None] | None = None
    """Called when not even the server's own time-out has been heard of."""

    @property
    def is_at_rest(self) -> bool:
        """Open, with no statement and no transaction under way."""
        return self.info.transaction_status is TransactionStatus.IDLE

    def wait(
        self, gen: PQGen[R], interval: float = _LOOK_FOR_SIGNALS_SECONDS, timeout: float | None = None
    ) -> R:
        """Everything that psycopg does on an open connection comes through here."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)  # the caller's own bound, and what follows from it
        longest = min(self.answer_timeout_seconds, seconds_left())
        if longest > 0:
            with suppress(_WaitTimeout):
                return super().wait(gen, interval, None if longest == inf else longest)
        self.close()
        if self.on_silence is not None and longest == self.answer_timeout_seconds:
            self.on_silence()
        raise NoAnswer
