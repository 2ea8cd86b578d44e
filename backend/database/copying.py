"""Many rows at once, by COPY: with their own times and keys, and without what the models do at a save."""

from __future__ import annotations

import json
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import connection
from django.db.models import JSONField
from psycopg import sql

from database.encryption import EncryptedTextField

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from django.db.models import Field, Model

_Row = TypeVar("_Row", bound="Model")


def number_rows(rows: Sequence[_Row]) -> Sequence[_Row]:
    """Give each the next id of its table, in their order, before they are written."""
    if not rows:
        return rows
    table = rows[0]._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, len(rows)]
        )
        for row, (row_id,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = row_id
    return rows


def copy_rows(rows: Sequence[Model], *, into: str = "") -> None:
    """Write rows of one model as they are; those without an id get one.

    Constraints hold as for every insert. Nothing is written when one of them does not. `into` names another
    table than the model's, of the same columns.
    """
    if not rows:
        return
    fields = [
        field
        for field in rows[0]._meta.concrete_fields
        if not (field.primary_key and rows[0].pk is None and field.remote_field is None)
    ]
    columns = [_column(field) for field in fields]
    copy_values(
        into or rows[0]._meta.db_table,
        [str(field.column) for field in fields],
        ([column(row) for column in columns] for row in rows),
    )


def copy_values(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write values as the table's columns take them."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _column(field: Field[Any, Any]) -> Callable[[Any], Any]:
    """What gives a row's value, in the form in which it is written."""
    match field:
        case EncryptedTextField():
            return lambda row: field.pre_save(row, add=True).data
        case JSONField():
            return lambda row: _json(getattr(row, field.attname))
        case _:
            return attrgetter(field.attname)


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value)
