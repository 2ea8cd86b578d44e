"""A 201 is durable only on a server that writes to disk when it says so. In production, refuse any other."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.backends.signals import connection_created

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

# `synchronous_commit` is no part of this: every connection of ours sets it for itself.
REQUIRED_SETTINGS = ("fsync", "full_page_writes")


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
    """Raises ImproperlyConfigured."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM pg_settings WHERE name = ANY(%s) AND setting = 'off'", [list(REQUIRED_SETTINGS)]
        )
        switched_off = [name for (name,) in cursor.fetchall()]
    if switched_off:
        raise ImproperlyConfigured(
            f"PostgreSQL runs with {' and '.join(switched_off)} off: it may lose payouts it has acknowledged."
        )
