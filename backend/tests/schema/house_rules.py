"""What a linter of SQL cannot see: what the code that still runs does to the new schema."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.contrib.postgres.operations import (
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from django.db.migrations import operations as django
from pgtrigger.migrations import AddTrigger

from tests.schema.findings import Finding
from tests.schema.migrations import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from django.db.migrations import Migration
    from django.db.migrations.operations.base import Operation

    Problems = Iterator[tuple[str, str]]  # the rule, and what meets it

_WRITES_ROWS = re.compile(
    r"^\s*(WITH\b.*\b)?(INSERT|UPDATE|DELETE|MERGE)\b", re.IGNORECASE | re.MULTILINE | re.DOTALL
)
_MAKES_TRIGGER = re.compile(r"\bCREATE\s+(OR\s+REPLACE\s+)?(CONSTRAINT\s+)?TRIGGER\b", re.IGNORECASE)
_CLEANS = re.compile(r"DROP INDEX CONCURRENTLY IF EXISTS (\w+)", re.IGNORECASE)
_SAME_AGAIN = re.compile(
    r"\bIF (NOT )?EXISTS\b|^\s*ALTER TABLE \w+ (SET|RESET) \(|^\s*ALTER TABLE \w+ VALIDATE CONSTRAINT\b",
    re.IGNORECASE,
)
_GONE_FOR_OLD_CODE = (
    django.RemoveField,
    django.DeleteModel,
    django.RenameField,
    django.RenameModel,
    django.AlterModelTable,
)
_SAFE_TO_REPEAT = (RemoveIndexConcurrently, ValidateConstraint, django.RunPython)
_ONLY_STATE = (django.AlterModelOptions, django.AlterModelManagers)


def lint(migration: Migration) -> list[Finding]:
    operations = list(_sent_to_the_database(migration.operations))
    problems = (
        *_no_way_back(operations),
        *_data_beside_schema(operations),
        *_gone_for_old_code(operations),
        *_unknown_to_old_code(operations),
        *_refused_to_old_code(operations),
        *(() if migration.atomic else _cannot_be_run_again(operations)),
    )
    return [Finding(name_of(migration), rule, detail) for rule, detail in problems]


def _sent_to_the_database(operations: Sequence[Operation]) -> Iterator[Operation]:
    for operation in operations:
        if isinstance(operation, django.SeparateDatabaseAndState):
            yield from _sent_to_the_database(operation.database_operations)
        else:
            yield operation


def _no_way_back(operations: Sequence[Operation]) -> Problems:
    for operation in operations:
        if isinstance(operation, django.RunPython | django.RunSQL) and not operation.reversible:
            yield "no-way-back", f"{_told(operation)} says nothing of how it is undone"


def _data_beside_schema(operations: Sequence[Operation]) -> Problems:
    """The locks of the one are held for as long as the other takes."""
    data = [operation for operation in operations if _writes_rows(operation)]
    if data and len(data) < len([each for each in operations if not isinstance(each, _ONLY_STATE)]):
        yield "data-beside-schema", f"{_told(data[0])} belongs into a migration of its own"


def _gone_for_old_code(operations: Sequence[Operation]) -> Problems:
    for operation in operations:
        if isinstance(operation, _GONE_FOR_OLD_CODE):
            yield "gone-for-old-code", f"the code that still runs uses it: {_told(operation)}"
        if isinstance(operation, django.AlterField) and operation.field.db_column is not None:
            yield "gone-for-old-code", f"the column may get another name: {_told(operation)}"


def _unknown_to_old_code(operations: Sequence[Operation]) -> Problems:
    """Django gives a new column its default for the rows that are there, and takes it away again."""
    new = _new_models(operations)
    for operation in operations:
        if isinstance(operation, django.AddField) and operation.model_name_lower not in new:
            field = operation.field
            if not (field.null or field.has_db_default() or field.many_to_many):
                yield (
                    "unknown-to-old-code",
                    f"without null or db_default nobody else can insert: {_told(operation)}",
                )


def _refused_to_old_code(operations: Sequence[Operation]) -> Problems:
    new = _new_models(operations)
    for operation in operations:
        if isinstance(operation, AddTrigger) and operation.model_name.lower() not in new:
            yield (
                "refused-to-old-code",
                f"what the code that still runs writes may be refused: {_told(operation)}",
            )
        if isinstance(operation, django.AddConstraint) and operation.model_name.lower() not in new:
            yield "refused-to-old-code", f"it holds for the code that still runs: {_told(operation)}"
        if _MAKES_TRIGGER.search(_sql_of(operation)):
            yield "refused-to-old-code", f"a trigger that the models do not show: {_told(operation)}"


def _cannot_be_run_again(operations: Sequence[Operation]) -> Problems:
    """What is no transaction may be cut off in its middle, and begins anew."""
    cleaned: set[str] = set()
    for operation in operations:
        cleaned |= set(_CLEANS.findall(_sql_of(operation)))
        if isinstance(operation, AddIndexConcurrently):
            if operation.index.name not in cleaned:
                yield (
                    "cannot-be-run-again",
                    f"no DROP INDEX CONCURRENTLY IF EXISTS before: {_told(operation)}",
                )
        elif isinstance(operation, django.RunSQL):
            if not _is_the_same_again(operation):
                yield "cannot-be-run-again", f"fails when it is run again: {_told(operation)}"
        elif not isinstance(operation, (*_SAFE_TO_REPEAT, *_ONLY_STATE)):
            yield "cannot-be-run-again", f"belongs into a transaction: {_told(operation)}"


def _is_the_same_again(operation: django.RunSQL) -> bool:
    sql = _sql_of(operation)
    made = re.search(r"CREATE (UNIQUE )?INDEX CONCURRENTLY (\w+)", sql, re.IGNORECASE)
    return bool(_SAME_AGAIN.search(sql)) and made is None


def _new_models(operations: Sequence[Operation]) -> set[str]:
    return {each.name_lower for each in operations if isinstance(each, django.CreateModel)}


def _writes_rows(operation: Operation) -> bool:
    return isinstance(operation, django.RunPython) or bool(_WRITES_ROWS.search(_sql_of(operation)))


def _sql_of(operation: Operation) -> str:
    """One text, however RunSQL was given its statements."""
    if not isinstance(operation, django.RunSQL):
        return ""
    parts = [operation.sql] if isinstance(operation.sql, str) else operation.sql
    return ";\n".join(part if isinstance(part, str) else part[0] for part in parts)


def _told(operation: Operation) -> str:
    return _sql_of(operation).strip()[:80] or operation.describe()
