"""Telling a database that is away from a statement that is wrong."""

from __future__ import annotations

from django.db import InterfaceError, InternalError, OperationalError
from psycopg.errors import IdleInTransactionSessionTimeout, ReadOnlySqlTransaction, TransactionTimeout


def is_database_unavailable(exception: BaseException | None) -> bool:
    """Whether the same may succeed later: the server is away, busy, locked, starting, or just a replica."""
    match exception:
        case OperationalError() | InterfaceError():
            return True
        case InternalError():
            # PostgreSQL files these under the state of the transaction, not of the server.
            return isinstance(
                exception.__cause__,
                IdleInTransactionSessionTimeout | ReadOnlySqlTransaction | TransactionTimeout,
            )
    return False


def reason_of(exception: BaseException) -> str:
    """One line: what PostgreSQL adds to it may hold rows."""
    return str(exception).partition("\n")[0]
