"""Measures the statements of work that is traced: their text with placeholders, and no value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.tracing import call

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.backends.base.base import BaseDatabaseWrapper


def trace_statements(connection: BaseDatabaseWrapper, **_: object) -> None:
    """For the signal that a connection was made; a thread's later ones have the same wrappers."""
    if _measured not in connection.execute_wrappers:
        connection.execute_wrappers.append(_measured)


def _measured(execute: Callable[..., Any], sql: object, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001  Django's signature
    # What is composed by psycopg may have values in it.
    statement = " ".join(sql.split()) if isinstance(sql, str) else ""
    operation = statement.partition(" ")[0].upper() or "STATEMENT"
    with call(operation, database="postgresql", operation=operation, statement=statement):
        return execute(sql, params, many, context)
