"""Statements of one text, beside what Django's cursors make of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DataError, IntegrityError, ProgrammingError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from access.models import Organization
from database.postgresql import driver
from database.postgresql.statement import Statement
from database.statements import rows_of
from tests.factories import make_organization

pytestmark = pytest.mark.django_db

LOOK_UP = Statement("SELECT name FROM access_organization WHERE id = %s", is_planned_once=True)
SEARCH = Statement("SELECT name FROM access_organization WHERE name LIKE %s", is_planned_once=False)


def generic_plans_of(statement: Statement) -> list[int]:
    """How often each that the server keeps of it for this connection was run by a plan for all values."""
    kept = "SELECT generic_plans FROM pg_prepared_statements WHERE statement = %s"
    with connection.cursor() as cursor:
        cursor.execute(kept, [statement.text.decode()])
        return [int(count) for (count,) in cursor.fetchall()]


@pytest.mark.parametrize(
    "expression",
    [
        "%s::int",
        "%s::text || '100 %%'",
        "%s::jsonb",
        "%s::timestamptz",
        "%s::bytea",
        "%s::uuid",
        "%s::numeric",
        "%s::inet",
    ],
)
@pytest.mark.parametrize("is_planned_once", [True, False])
def test_it_gives_what_a_cursor_gives(expression: str, *, is_planned_once: bool) -> None:
    value: Any = {
        "%s::int": 7,
        "%s::jsonb": '{"a": 1}',
        "%s::timestamptz": "2026-11-29T10:00:00.5+02:00",
        "%s::bytea": b"\x00\xff",
        "%s::uuid": "8c5c5a56-4d6b-4b26-9d43-9a8a9c0bd0b6",
        "%s::numeric": "1.50",
        "%s::inet": "10.0.0.1",
    }.get(expression, "text")
    sql = f"SELECT {expression}, NULL UNION ALL SELECT NULL, %s::text"
    with connection.cursor() as cursor:
        cursor.execute(sql, [value, None])
        expected = cursor.fetchall()

    assert rows_of(Statement(sql, is_planned_once=is_planned_once), [value, None]) == expected


def test_it_parses_a_look_up_once_and_plans_it_for_all_values() -> None:
    for number in range(10):
        rows_of(LOOK_UP, [number])

    assert LOOK_UP.text == b"SELECT name FROM access_organization WHERE id = $1"
    (generic_plans,) = generic_plans_of(LOOK_UP)
    assert generic_plans >= 5


def test_it_plans_a_look_up_anew_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("database.postgresql.statement.LONGEST_PLAN_SECONDS", -1.0)
    short_lived = Statement("SELECT environment FROM access_organization WHERE id = %s", is_planned_once=True)
    for number in range(10):
        assert rows_of(short_lived, [number]) == []

    assert generic_plans_of(short_lived) == [0]


def test_it_plans_a_search_for_its_values() -> None:
    for _ in range(10):
        rows_of(SEARCH, ["a%"])

    assert generic_plans_of(SEARCH) == []


def test_it_prepares_nothing_behind_a_pooler() -> None:
    settings = {"transaction_settings": {"synchronous_commit": "on"}}
    with driver.connect(**connection.get_connection_params() | settings, autocommit=True) as pooled:
        for number in range(10):
            pooled.rows_of(LOOK_UP, [number])
        assert pooled.execute("SELECT count(*) FROM pg_prepared_statements").fetchone() == (0,)


def test_it_is_a_part_of_the_transaction() -> None:
    rename = Statement(
        "UPDATE access_organization SET name = %s WHERE id = %s RETURNING name", is_planned_once=True
    )
    organization = make_organization(name="before")
    with transaction.atomic():
        assert rows_of(rename, ["after", organization.pk]) == [("after",)]
        transaction.set_rollback(True)

    assert rows_of(LOOK_UP, [organization.pk]) == [("before",)]


def test_it_raises_what_django_raises() -> None:
    twice = Statement(
        "INSERT INTO access_organization (id, name, environment, created_at) VALUES (%s, 'a', 'test', now())",
        is_planned_once=True,
    )
    organization = make_organization()
    with pytest.raises(IntegrityError), transaction.atomic():
        rows_of(twice, [organization.pk])
    with pytest.raises(DataError), transaction.atomic():
        rows_of(LOOK_UP, ["no number"])
    with pytest.raises(ProgrammingError), transaction.atomic():
        rows_of(Statement("SELECT nonsense", is_planned_once=True), [])


def test_it_asks_nothing_in_a_transaction_that_has_failed() -> None:
    with transaction.atomic():
        connection.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            rows_of(LOOK_UP, [1])
        connection.set_rollback(False)


def test_it_shows_itself_to_whoever_looks_on() -> None:
    with CaptureQueriesContext(connection) as seen:
        assert rows_of(LOOK_UP, [0]) == []

    assert [query["sql"] for query in seen] == ["SELECT name FROM access_organization WHERE id = 0"]


def test_it_takes_no_value_for_a_part_of_the_text() -> None:
    organization = make_organization(name="a'; DROP TABLE access_organization; --")

    assert rows_of(SEARCH, ["a'; DROP%"]) == [(organization.name,)]
    assert Organization.objects.exists()
