"""Filling tables that have little in them: an index that is made at the end costs a fraction."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.models import Model

# How each is taken away and made again, foreign keys last. Primary keys stay: others point to them.
_PARTS = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
    format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname, pg_get_constraintdef(oid)),
    contype = 'f' AS is_last
FROM pg_constraint WHERE conrelid = ANY(%(tables)s::regclass[]) AND contype IN ('f', 'u')
UNION ALL
SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid), false
FROM pg_index WHERE indrelid = ANY(%(tables)s::regclass[]) AND NOT EXISTS (
    SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x')
)
ORDER BY is_last
"""
_IS_OWNER = """
SELECT bool_and(pg_has_role(relowner, 'USAGE')) FROM pg_class WHERE oid = ANY(%(tables)s::regclass[])
"""
# A table is not altered while checks of it are due at the end of the transaction.
_CHECK_NOW, _CHECK_LATER = "SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED"
# An index is sorted in memory, or in large parts. Foreign keys are checked by one process: several would
# share more memory than a container has for that.
_SETTINGS = "SET LOCAL maintenance_work_mem = '256MB'; SET LOCAL max_parallel_workers_per_gather = 0"


def may_be_bare(models: Sequence[type[Model]]) -> bool:
    """Whether the database's user may take indexes away."""
    with connection.cursor() as cursor:
        cursor.execute(_IS_OWNER, {"tables": _tables(models)})
        return bool(cursor.fetchone()[0])


@contextmanager
def bare_tables(models: Sequence[type[Model]]) -> Iterator[None]:
    """Within the block the models' tables have no index but the primary key's, and point to no other table.

    Nobody else gets to the tables before the transaction ends. Afterwards they are as they were: what was
    written is held against every constraint, and IntegrityError is raised when it breaks one. The rollback of
    the transaction, be it after a crash, puts everything back. Must run inside a transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CHECK_NOW)
        cursor.execute(f"LOCK TABLE {', '.join(_tables(models))} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(_PARTS, {"tables": _tables(models)})
        parts = cursor.fetchall()
        for take_away, _, _ in reversed(parts):
            cursor.execute(take_away)
        cursor.execute(_CHECK_LATER)
    yield
    with connection.cursor() as cursor:
        cursor.execute(_SETTINGS)
        cursor.execute(_CHECK_NOW)
        for _, make_again, _ in parts:
            cursor.execute(make_again)
        cursor.execute(_CHECK_LATER)


def _tables(models: Sequence[type[Model]]) -> list[str]:
    return [connection.ops.quote_name(model._meta.db_table) for model in models]
