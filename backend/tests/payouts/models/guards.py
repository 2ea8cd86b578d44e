"""Writes past every rule of ours, and what the database says to them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Model


class Write(Protocol):
    def __call__(self, row: Model, **changes: Any) -> None: ...


def write_by_queryset(row: Model, **changes: Any) -> None:
    type(row)._default_manager.filter(pk=row.pk).update(**changes)


def write_by_sql(row: Model, **changes: Any) -> None:
    fields = {field.name: field for field in row._meta.concrete_fields}
    assignments = ", ".join(f'"{fields[name].column}" = %s' for name in changes)
    values = [fields[name].get_db_prep_save(value, connection) for name, value in changes.items()]
    statement = f"UPDATE {row._meta.db_table} SET {assignments} WHERE id = %s"  # noqa: S608  our own names
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, row.pk])


def delete_by_queryset(row: Model) -> None:
    type(row)._default_manager.filter(pk=row.pk).delete()


def delete_by_sql(row: Model) -> None:
    statement = f"DELETE FROM {row._meta.db_table} WHERE id = %s"  # noqa: S608  our own names
    with connection.cursor() as cursor:
        cursor.execute(statement, [row.pk])


by_both_ways = pytest.mark.parametrize("write", [write_by_queryset, write_by_sql])
deleted_by_both_ways = pytest.mark.parametrize("delete", [delete_by_queryset, delete_by_sql])


@contextmanager
def refused_by(guard: str) -> Iterator[None]:
    """What happens inside is refused by the constraint or trigger of this name, and by no other."""
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        yield
    error = refused.value.__cause__
    assert isinstance(error, psycopg.Error)
    # A trigger's name stands in that of its function, in the context of the error it raised.
    assert error.diag.constraint_name == guard or f" pgtrigger_{guard}_" in (error.diag.context or "")
