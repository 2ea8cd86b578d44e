"""A 201 is durable only on a server that writes to disk when it says so. In production, refuse any other."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.backends.signals import connection_created

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper

# Of the server, and of every session that the service gets. It asks for the latter itself; between it and the
# server there may be a pooler that does not pass them on, and then they must be the role's own.
REQUIRED_ON = ("fsync", "full_page_writes", "synchronous_commit")
REQUIRED_BOUNDS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
# The values of `synchronous_commit` in between do not wait for the disk, or not for that of a standby.
_ON = ("on", "remote_apply")


def refuse_undurable_databases() -> None:
    """From now on no connection is used whose server may lose what it has committed."""
    connection_created.connect(_check_new_connection, dispatch_uid="durability")


def _check_new_connection(**_signal: Any) -> None:
    _ensure_durable_once()


@cache
def _ensure_durable_once() -> None:
    # Once for each process: the settings are the server's, and a refusal is not cached.
    ensure_durable(connection)


def ensure_durable(database: BaseDatabaseWrapper) -> None:
    """Raises ImproperlyConfigured, also when single statements would have no end."""
    found = _read_settings(database)
    if switched_off := [name for name in REQUIRED_ON if found[name] not in _ON]:
        raise ImproperlyConfigured(
            f"PostgreSQL runs with {' and '.join(switched_off)} off: it may lose payouts it has acknowledged."
        )
    if unbounded := [name for name in _bounds() if found[name] == "0"]:
        raise ImproperlyConfigured(
            f"PostgreSQL keeps to no {' and no '.join(unbounded)}. Does a pooler stand before it? Set"
            " DB_BEHIND_PGBOUNCER, and the settings of the role: docs/operations.md, Behind PgBouncer."
        )


def _bounds() -> Sequence[str]:
    """Those that this process asks for: a command, for instance, may take as long as it takes."""
    return [name for name in REQUIRED_BOUNDS if settings.DATABASE_SESSION_SETTINGS[name]]


def _read_settings(database: BaseDatabaseWrapper) -> Mapping[str, str]:
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)",
            [[*REQUIRED_ON, *REQUIRED_BOUNDS]],
        )
        return dict(cursor.fetchall())
