"""The code of the version before works on the schema of this one: that is how it is replaced without a stop."""

from __future__ import annotations

import tomllib

import pytest
from django.db import DatabaseError, connection

from payouts.models import Payout
from tests.schema.migrations import our_labels
from tests.schema.old_columns import find_misfits
from tests.schema.old_life import ACCOUNT, live, read_everything
from tests.schema.release import as_record, present_migrations, read_release

pytestmark = pytest.mark.django_db

OLD = read_release()
MODELS = OLD.models()

# What old code would not survive, and what is then said of it.
BREAKS_COLUMNS = [
    ("ALTER TABLE payouts_payout ADD COLUMN colour text NOT NULL", "payouts_payout.colour: is required"),
    (
        "ALTER TABLE payouts_payout DROP COLUMN status_details",
        "payouts_payout.status_details: the column is gone",
    ),
    ("ALTER TABLE events_event RENAME COLUMN type TO kind", "events_event.type: the column is gone"),
    ("DROP TABLE events_pendingevent", "events_pendingevent: the table is gone"),
    (
        "ALTER TABLE payouts_payout ALTER completed_at SET NOT NULL",
        "completed_at: old code may leave it empty",
    ),
    (
        "ALTER TABLE payouts_recipient ALTER country TYPE varchar(1)",
        "has room for 1 characters, and had it for 2",
    ),
    ("ALTER TABLE payouts_payoutattempt ALTER fence TYPE bigint", "fence: is bigint now, and was integer"),
]
REFUSE_UNKNOWN = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
CREATE TRIGGER refused BEFORE UPDATE ON payouts_payout FOR EACH ROW
WHEN (NEW.stage = 'unknown') EXECUTE FUNCTION refuse()
"""
BREAKS_LIFE = [
    "ALTER TABLE payouts_payout ADD COLUMN colour text NOT NULL",
    "ALTER TABLE payouts_payout ALTER COLUMN rail TYPE varchar(3)",
    "ALTER TABLE payouts_payout ADD CONSTRAINT c CHECK (status_details <> '')",
    "ALTER TABLE payouts_payoutattempt RENAME COLUMN evidence TO proof",
    REFUSE_UNKNOWN,
]


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement)


def test_it_has_every_column_of_old_code_and_asks_for_no_other() -> None:
    assert find_misfits(MODELS, our_labels()) == []


def test_it_lets_old_code_carry_a_payout_to_its_end() -> None:
    payout = live(MODELS)
    assert read_everything(MODELS, our_labels()) >= 8
    new = Payout.objects.get(pk=payout.pk)
    assert (new.status, new.stage, new.account_number_snapshot) == ("COMPLETED", "confirmed", ACCOUNT)


@pytest.mark.parametrize(("statement", "said"), BREAKS_COLUMNS)
def test_it_finds_what_old_code_would_miss(statement: str, said: str) -> None:
    run(statement)
    assert said in "\n".join(find_misfits(MODELS, our_labels()))


@pytest.mark.parametrize("statement", BREAKS_LIFE)
def test_it_finds_what_old_code_would_fail_on(statement: str) -> None:
    run(statement)
    with pytest.raises(DatabaseError):
        live(MODELS)


def test_it_records_a_release_that_can_be_read_again() -> None:
    record = tomllib.loads(as_record("abc", present_migrations()))
    assert record == {"commit": "abc", "migrations": present_migrations()}
    assert record["migrations"].keys() >= OLD.migrations.keys()
