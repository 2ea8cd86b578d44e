"""Whether the tables still have what older models read, and ask for nothing that they do not write."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.db.migrations.state import StateApps
    from django.db.models import Field, Model

_COLUMNS = """
SELECT column_name, is_nullable = 'YES', column_default IS NOT NULL OR is_identity = 'YES' OR is_generated = 'ALWAYS',
       format('%%I.%%I', udt_schema, udt_name)::regtype::text, character_maximum_length
FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = %s
"""


def find_misfits(models: StateApps, labels: frozenset[str]) -> list[str]:
    return [
        misfit
        for model in models.get_models(include_auto_created=True)
        if model._meta.app_label in labels
        for misfit in _misfits_of(model)
    ]


def _misfits_of(model: type[Model]) -> Iterator[str]:
    table = model._meta.db_table
    columns = _columns_of(table)
    if not columns:
        yield f"{table}: the table is gone"
        return
    known = {field.column: field for field in model._meta.local_concrete_fields if field.column}
    for name, field in known.items():
        yield from (f"{table}.{name}: {problem}" for problem in _problems(field, columns.get(name)))
    for name, (is_nullable, has_default, _type, _length) in columns.items():
        if name not in known and not (is_nullable or has_default):
            yield f"{table}.{name}: is required, and old code does not know of it"


def _problems(
    field: Field[object, object], column: tuple[bool, bool, str, int | None] | None
) -> Iterator[str]:
    if column is None:
        yield "the column is gone"
        return
    is_nullable, _has_default, type_name, length = column
    if field.null and not is_nullable:
        yield "old code may leave it empty"
    if type_name != _type_of(field):
        yield f"is {type_name} now, and was {_type_of(field)}"
    elif length is not None and field.max_length is not None and length < field.max_length:
        yield f"has room for {length} characters, and had it for {field.max_length}"


def _columns_of(table: str) -> Mapping[str, tuple[bool, bool, str, int | None]]:
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, [table])
        return {name: tuple(rest) for name, *rest in cursor.fetchall()}


def _type_of(field: Field[object, object]) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::regtype::text", [field.db_type(connection)])
        return str(cursor.fetchone()[0])
