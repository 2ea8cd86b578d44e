"""What Django needs of psycopg, with connections that never wait for ever."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from psycopg import (
    Binary,
    DatabaseError,
    DataError,
    Error,
    IntegrityError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
)

from database.postgresql.connection import BoundedConnection

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "Binary",
    "DataError",
    "DatabaseError",
    "Error",
    "IntegrityError",
    "InterfaceError",
    "InternalError",
    "NotSupportedError",
    "OperationalError",
    "ProgrammingError",
    "connect",
]


def connect(
    *,
    answer_timeout_seconds: float = inf,
    transaction_settings: Mapping[str, object] | None = None,
    **parameters: Any,
) -> BoundedConnection:
    """Connect; keep the time-out above the server's `statement_timeout`, which then comes first."""
    connection = BoundedConnection.connect(**parameters)
    connection.answer_timeout_seconds = answer_timeout_seconds
    connection.transaction_settings = transaction_settings or {}
    return connection
