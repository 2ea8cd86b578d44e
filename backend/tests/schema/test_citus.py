"""docs/citus.md says what does not fit, and why; whatever comes to it has to be written down."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from django.db import connection

from tests.schema import citus

pytestmark = pytest.mark.django_db
KNOWN = tomllib.loads(Path(__file__).with_name("citus.toml").read_text())

FINDERS = {
    "tables": citus.list_tables_without_organization,
    "unique": citus.list_unique_without_organization,
    "foreign_keys": citus.list_foreign_keys_across,
    "triggers": citus.list_triggers_that_cannot_be,
    "queries": citus.list_queries_without_organization,
    "statements": citus.list_statements_that_write_twice,
}
MADE_UP = {
    "tables": "ALTER TABLE events_event ALTER organization_id DROP NOT NULL",
    "unique": "CREATE UNIQUE INDEX made_up ON payouts_payout (uetr)",
    "foreign_keys": "ALTER TABLE payouts_settlement ADD FOREIGN KEY (id) REFERENCES payouts_recipient (id)",
    "triggers": """
        CREATE FUNCTION made_up() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN SELECT count(*) FROM payouts_payout INTO NEW.fence; RETURN NEW; END $$;
        CREATE TRIGGER made_up BEFORE UPDATE ON payouts_payoutattempt FOR EACH ROW EXECUTE FUNCTION made_up()
    """,
}


@pytest.mark.parametrize("kind", FINDERS)
def test_it_knows_whatever_does_not_fit(kind: str) -> None:
    assert FINDERS[kind]() == set(KNOWN[kind])
    assert all(KNOWN[kind].values())


def test_it_knows_where_every_table_belongs() -> None:
    assert citus.list_unplaced_tables() == set()


@pytest.mark.parametrize("kind", MADE_UP)
def test_it_finds_what_is_new(kind: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(MADE_UP[kind])
    assert len(FINDERS[kind]() - set(KNOWN[kind])) == 1


def test_it_finds_tables_without_a_place() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE made_up (id bigint)")
    assert citus.list_unplaced_tables() == {"made_up"}
