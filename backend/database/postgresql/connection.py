"""Connections that never wait for ever.

PostgreSQL itself enforces `statement_timeout`. A server that is stopped, or behind a network that swallows
packets, enforces nothing: the time has to be measured on this side too.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg.errors import _WaitTimeout, error_from_result
from psycopg.generators import execute
from psycopg.pq import ExecStatus, Format, TransactionStatus
from psycopg.sql import SQL, Identifier, Literal

from database.postgresql.patience import seconds_left
from database.postgresql.statement import Asking

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from psycopg.abc import PQGen, QueryNoTemplate
    from psycopg.pq.abc import PGresult

    from database.postgresql.statement import Row, Statement

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
    transaction_settings: Mapping[str, object] = {}
    """Of the server, for each transaction: a pooler in between does not keep those of a session."""

    @property
    def is_at_rest(self) -> bool:
        """Open, with no statement and no transaction under way."""
        return self.info.transaction_status is TransactionStatus.IDLE

    def rows_of(self, statement: Statement, values: Sequence[object]) -> list[Row]:
        """What a cursor would fetch, in less time. Raises psycopg.Error."""
        with self.lock:
            return self.wait(self._rows_of(statement, values))

    def _rows_of(self, statement: Statement, values: Sequence[object]) -> PQGen[list[Row]]:
        yield from self._start_query()  # begins the transaction that is wanted
        return (yield from self._asking.rows_of(statement, values))

    @cached_property
    def _asking(self) -> Asking:
        return Asking(self, may_prepare=self.prepares_statements)

    @property
    def prepares_statements(self) -> bool:
        """Not behind a pooler, which gives the next statement to another session."""
        return not self.transaction_settings

    def _exec_command(
        self, command: QueryNoTemplate, result_format: Format = Format.TEXT
    ) -> PQGen[PGresult | None]:
        """Psycopg's own commands: BEGIN, COMMIT and the like."""
        if self._set_local and command == self._get_tx_start_command():
            return self._begin(self._get_tx_start_command() + self._set_local)
        return super()._exec_command(command, result_format)

    def _begin(self, commands: bytes) -> PQGen[PGresult | None]:
        """All in one message, so that the settings cost no wait of their own."""
        self._check_connection_ok()
        self.pgconn.send_query(commands)
        results: list[PGresult] = yield from execute(self.pgconn)
        for result in results:
            if result.status != ExecStatus.COMMAND_OK:
                raise error_from_result(result, encoding=self.info.encoding)
        return results[-1]

    @cached_property
    def _set_local(self) -> bytes:
        return b"".join(
            SQL("; SET LOCAL {} = {}").format(Identifier(name), Literal(str(value))).as_bytes(self)
            for name, value in self.transaction_settings.items()
        )

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
