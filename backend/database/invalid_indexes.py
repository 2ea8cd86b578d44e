"""Indexes whose building beside the service was cut off: nothing reads them, every write keeps them up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.db import DatabaseError

from database.not_migrated import NotMigrated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper

# One that somebody builds at this moment looks the same, and is left alone.
_FIND = """
SELECT index.relname
FROM pg_index JOIN pg_class AS index ON index.oid = pg_index.indexrelid
WHERE NOT pg_index.indisvalid AND index.relkind = 'i' AND index.relnamespace = current_schema()::regnamespace
AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index AS build WHERE build.relid = pg_index.indrelid)
ORDER BY index.relname
"""
# What REINDEX CONCURRENTLY leaves when it is cut off: a second one beside the one that works.
_LEFT_BY_REINDEX = re.compile(r"_cc(new|old)\d*$")


class IndexCannotBeBuilt(NotMigrated):
    def __init__(self, name: str, error: DatabaseError) -> None:
        reason = str(error).partition("\n")[0]
        super().__init__(
            f"The schema is up to date, but the index {name} is half-built and cannot be built: {reason}. "
            f"Put right what it says, and run this again."
        )


def list_invalid_indexes(connection: BaseDatabaseWrapper) -> Sequence[str]:
    with connection.cursor() as cursor:
        cursor.execute(_FIND)
        return [name for (name,) in cursor.fetchall()]


def mend_invalid_indexes(connection: BaseDatabaseWrapper) -> Sequence[str]:
    """Build them anew beside the service; returns which. Raises IndexCannotBeBuilt.

    Inside a transaction nothing can be built beside others, and nothing is done.
    """
    if connection.in_atomic_block:
        return []
    invalid = list_invalid_indexes(connection)
    for name in invalid:
        _mend(connection, name)
    return invalid


def _mend(connection: BaseDatabaseWrapper, name: str) -> None:
    verb = "DROP INDEX" if _LEFT_BY_REINDEX.search(name) else "REINDEX INDEX"
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"{verb} CONCURRENTLY {connection.ops.quote_name(name)}")
    except DatabaseError as error:
        raise IndexCannotBeBuilt(name, error) from error
