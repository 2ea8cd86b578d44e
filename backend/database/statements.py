"""Asking what never changes its text, on the connection that Django keeps for the present thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, connections

if TYPE_CHECKING:
    from collections.abc import Sequence

    from database.postgresql.connection import BoundedConnection
    from database.postgresql.statement import Row, Statement


def rows_of(statement: Statement, values: Sequence[Any]) -> list[Row]:
    """What it gives for these values, in the transaction of the present thread. Raises DatabaseError."""
    database = connections[DEFAULT_DB_ALIAS]
    if database.execute_wrappers or database.queries_logged:
        # Whoever looks on at what is asked does so at Django's cursors.
        with database.cursor() as cursor:
            cursor.execute(statement.sql, values)
            rows: list[Row] = cursor.fetchall()
            return rows
    database.validate_no_broken_transaction()
    with database.wrap_database_errors:
        database.ensure_connection()
        connection: BoundedConnection = database.connection
        return connection.rows_of(statement, values)
