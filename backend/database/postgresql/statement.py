"""Statements whose text never changes, by the shortest way to the server and back.

A cursor of psycopg finds out anew each time how values are written, how columns are read, and under which
name the statement is prepared: that takes longer than the rest of its work. Here it is known from the first
time on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from time import monotonic
from typing import TYPE_CHECKING, Any

from psycopg import adapters
from psycopg.adapt import AdaptersMap, PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.generators import execute
from psycopg.pq import ExecStatus
from psycopg.types.string import TextLoader

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg
    from psycopg.abc import PQGen
    from psycopg.pq.abc import PGresult

Row = tuple[Any, ...]

# A plan that was made while a table was small scans it: none lives for longer than its connection had lived
# before, so that the table has not grown much, nor for longer than this.
LONGEST_PLAN_SECONDS = 60.0
FIRST_PLAN_SECONDS = 0.5

_ANSWERED = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


@dataclass(frozen=True, eq=False)
class Statement:
    """SQL with `%s` for each value; the server knows from its place of what type a value is.

    One that `is_planned_once` is parsed and planned at its first uses on a connection, and that plan serves
    all values for a while: right for what is found by a unique key, and wrong wherever another index is
    better for other values.
    """

    sql: str
    is_planned_once: bool

    @cached_property
    def text(self) -> bytes:
        """As PostgreSQL reads it, with `$1` for the first value."""
        first, *others = self.sql.split("%s")
        numbered = (f"${number}{part}" for number, part in enumerate(others, start=1))
        return "".join([first, *numbered]).replace("%%", "%").encode()


@dataclass(frozen=True)
class _Prepared:
    name: bytes
    until: float


class Asking:
    """What one connection remembers of the statements that it has been asked."""

    def __init__(self, connection: psycopg.Connection[Any], *, may_prepare: bool) -> None:
        self.adapters, self.connection = _adapters(), connection  # what a Transformer wants to know
        self._pgconn = connection.pgconn
        self._transformer = Transformer(self)
        self._may_prepare = may_prepare
        self._prepared: dict[Statement, _Prepared] = {}
        self._prepared_so_far = 0
        self._born = monotonic()

    def rows_of(self, statement: Statement, values: Sequence[object]) -> PQGen[list[Row]]:
        """Raises psycopg.Error as a cursor does."""
        written = self._transformer.dump_sequence(values, [PyFormat.TEXT] * len(values))
        if statement.is_planned_once and self._may_prepare:
            name = yield from self._prepared_name_of(statement)
            self._pgconn.send_query_prepared(name, written)
        else:
            self._pgconn.send_query_params(statement.text, written)
        result = yield from self._answer()
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, tuple)

    def _prepared_name_of(self, statement: Statement) -> PQGen[bytes]:
        prepared = self._prepared.get(statement)
        if prepared is None or prepared.until < monotonic():
            prepared = yield from self._prepare(statement)
        return prepared.name

    def _prepare(self, statement: Statement) -> PQGen[_Prepared]:
        yield from self._forget(statement)
        self._prepared_so_far += 1
        now = monotonic()
        life_seconds = min(max(now - self._born, FIRST_PLAN_SECONDS), LONGEST_PLAN_SECONDS)
        prepared = _Prepared(b"payouts_%d" % self._prepared_so_far, until=now + life_seconds)
        self._pgconn.send_prepare(prepared.name, statement.text)
        yield from self._answer()
        self._prepared[statement] = prepared
        return prepared

    def _forget(self, statement: Statement) -> PQGen[None]:
        prepared = self._prepared.pop(statement, None)
        if prepared is not None:
            self._pgconn.send_query_params(b"DEALLOCATE " + prepared.name, None)
            yield from self._answer()

    def _answer(self) -> PQGen[PGresult]:
        # One, unless the server has hung up, of which libpq may tell behind what the server said.
        results: list[PGresult] = yield from execute(self._pgconn)
        for result in results:
            if result.status not in _ANSWERED:
                raise error_from_result(result, encoding=self.connection.info.encoding)
        return results[-1]


@cache
def _adapters() -> AdaptersMap:
    """Psycopg's own, which are written in C, but for what Django's fields read by themselves."""
    mine = AdaptersMap(adapters)
    for name in ("jsonb", "inet", "cidr"):
        mine.register_loader(name, TextLoader)
    return mine
