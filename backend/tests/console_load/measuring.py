"""How long something takes, and what it asks the database for."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True)
class Read:
    name: str
    ask: Callable[[], object]


@dataclass(frozen=True)
class Statement:
    sql: str
    parameters: Any


@dataclass(frozen=True)
class Measured:
    name: str
    milliseconds: list[float]
    statements: list[Statement] = field(repr=False)

    @property
    def p50(self) -> float:
        return self._at(0.5)

    @property
    def p95(self) -> float:
        return self._at(0.95)

    def _at(self, share: float) -> float:
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure(read: Read, *, times: int) -> Measured:
    """The first time is for warming up, and tells the statements."""
    with statements_asked() as statements:
        read.ask()
    return Measured(read.name, [_milliseconds(read) for _ in range(times)], statements)


def _milliseconds(read: Read) -> float:
    began = time.perf_counter()
    read.ask()
    return (time.perf_counter() - began) * 1_000


@contextmanager
def statements_asked() -> Iterator[list[Statement]]:
    asked: list[Statement] = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001  the framework's signature
        asked.append(Statement(str(sql), params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield asked


@dataclass(frozen=True)
class Explained:
    sql: str
    plan: str


@contextmanager
def statements_explained() -> Iterator[list[Explained]]:
    """What is asked within the block, writes as well, each with the plan of its being carried out.

    For its plan a statement is carried out once before, and undone. Must run inside a transaction.
    """
    explained: list[Explained] = []

    def explain(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001  the framework's signature
        if not str(sql).startswith(_NO_QUESTIONS):
            execute("SAVEPOINT explained", None, many, context)
            execute(f"{_EXPLAIN} {sql}", params, many, context)
            explained.append(Explained(str(sql), _lines(context["cursor"])))
            execute("ROLLBACK TO SAVEPOINT explained", None, many, context)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield explained


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written within the block is as if it had never been."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


_NO_QUESTIONS = ("SAVEPOINT", "RELEASE", "ROLLBACK", "SET", "SELECT statement_timestamp()")
_EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF)"


def plan_of(statement: Statement) -> str:
    """As it was carried out just now, with what it read."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_EXPLAIN} {statement.sql}", statement.parameters)
        return _lines(cursor)


def _lines(cursor: Any) -> str:
    return "\n".join(line for (line,) in cursor.fetchall())
