"""What stands in the way of distributing the tables by organization, as far as it can be told without Citus.

The rules are those of Citus' manual: https://docs.citusdata.com/en/stable/develop/reference_workarounds.html
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import connection

from tests.schema.migrations import BACKEND

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DISTRIBUTED = frozenset(
    {
        "events_event",
        "events_pendingevent",
        "payouts_payout",
        "payouts_payoutattempt",
        "payouts_recipient",
        "payouts_settlement",
    }
)
# A copy of each on every server: small, and what distributed tables point to.
REFERENCE = frozenset({"access_organization"})
# The packages whose repositories and selectors ask distributed tables.
OF_DISTRIBUTED = frozenset({"console", "events", "payouts"})
# On the coordinator alone: nothing distributed points there.
LOCAL_LABELS = frozenset(
    {
        "access",
        "account",
        "admin",
        "auth",
        "console",
        "contenttypes",
        "heartbeats",
        "mfa",
        "sessions",
        "socialaccount",
    }
)

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
_WITHOUT_ORGANIZATION = """
SELECT relname FROM pg_class WHERE relname = ANY(%s) AND relkind = 'r' AND NOT EXISTS (
    SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'organization_id' AND attnotnull)
"""
_UNIQUE = """
SELECT name.relname FROM pg_index JOIN pg_class AS name ON name.oid = indexrelid JOIN pg_class AS t ON t.oid = indrelid
WHERE indisunique AND t.relname = ANY(%s) AND NOT EXISTS (
    SELECT FROM pg_attribute WHERE attrelid = indrelid AND attnum = ANY(indkey) AND attname = 'organization_id')
"""
_FOREIGN_KEYS = """
SELECT t.relname, target.relname, pg_get_constraintdef(pg_constraint.oid)
FROM pg_constraint JOIN pg_class AS t ON t.oid = conrelid JOIN pg_class AS target ON target.oid = confrelid
WHERE contype = 'f' AND t.relnamespace = current_schema()::regnamespace
"""
_TRIGGERS = """
SELECT t.relname || '.' || regexp_replace(tgname, '^pgtrigger_|_[0-9a-f]{5}$', '', 'g'), tgtype & 1 = 1, prosrc
FROM pg_trigger JOIN pg_class AS t ON t.oid = tgrelid JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE NOT tgisinternal AND t.relname = ANY(%s)
"""
_WRITES_TWICE = re.compile(r"\bWITH\b.*\bAS( MATERIALIZED)? \(\s*(INSERT|UPDATE|DELETE)\b", re.DOTALL)
_BEYOND_ITS_ROW = re.compile(
    r"\b(INSERT|DELETE|PERFORM|EXECUTE)\b|\bUPDATE\s+\w+\s+SET\b|(?<!DISTINCT )\bFROM\b", re.IGNORECASE
)


def list_unplaced_tables() -> set[str]:
    """Those of which nobody has said where they belong."""
    local = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label in LOCAL_LABELS
    }
    return {name for (name,) in _rows(_TABLES)} - DISTRIBUTED - REFERENCE - local - {"django_migrations"}


def list_tables_without_organization() -> set[str]:
    return {name for (name,) in _rows(_WITHOUT_ORGANIZATION, list(DISTRIBUTED))}


def list_unique_without_organization() -> set[str]:
    """A server sees its own rows only: it can tell what is unique within an organization, and no more."""
    return {name for (name,) in _rows(_UNIQUE, list(DISTRIBUTED))}


def list_foreign_keys_across() -> set[str]:
    """Allowed are those to reference tables, and those that stay within one organization."""
    return {
        f"{table}: {definition}"
        for table, target, definition in _rows(_FOREIGN_KEYS)
        if _leads_across(table, target, definition)
    }


def _leads_across(table: str, target: str, definition: str) -> bool:
    if table in DISTRIBUTED and target in DISTRIBUTED:
        return definition.count("(organization_id") != 2
    if table in DISTRIBUTED:
        return target not in REFERENCE
    return target in DISTRIBUTED


def list_triggers_that_cannot_be() -> set[str]:
    """Those of whole statements, and those that look at more than their row."""
    return {
        name
        for name, is_for_rows, source in _rows(_TRIGGERS, list(DISTRIBUTED))
        if not is_for_rows or _BEYOND_ITS_ROW.search(re.sub(r"'[^']*'", "", source))
    }


def list_queries_without_organization() -> set[str]:
    """Functions that send statements to distributed tables, and nowhere say of which organization."""
    return {name for path in sorted(BACKEND.rglob("*.py")) if _is_door(path) for name in _unrouted(path)}


def _is_door(path: Path) -> bool:
    parts = path.relative_to(BACKEND).with_suffix("").parts
    return (
        parts[0] in OF_DISTRIBUTED
        and "migrations" not in parts
        and bool({"repositories", "selectors", "recorder"} & set(parts))
    )


def _unrouted(path: Path) -> Iterator[str]:
    source = path.read_text()
    for node in (each for each in ast.parse(source).body if isinstance(each, ast.FunctionDef)):
        if _asks_distributed_tables(node) and "organization" not in (
            ast.get_source_segment(source, node) or ""
        ):
            yield f"{_module(path)}:{node.name}"


def list_statements_that_write_twice() -> set[str]:
    """Those that insert what another part of them has written: they would have to be two."""
    return {
        f"{_module(path)}:{target.id}"
        for path in sorted(BACKEND.rglob("*.py"))
        if _is_door(path)
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Assign) and _WRITES_TWICE.search(ast.unparse(node.value).replace("\\n", " "))
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _module(path: Path) -> str:
    return path.relative_to(BACKEND).with_suffix("").as_posix()


def _asks_distributed_tables(function: ast.FunctionDef) -> bool:
    names = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    attributes = {node.attr for node in ast.walk(function) if isinstance(node, ast.Attribute)}
    models = {model.__name__ for model in apps.get_models() if model._meta.db_table in DISTRIBUTED}
    return bool(names & models and attributes & {"objects", "save"}) or "execute" in attributes


def _rows(statement: str, *parameters: list[str]) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(parameters) or None)
        return list(cursor.fetchall())
