from __future__ import annotations

from typing import TYPE_CHECKING

import pgtrigger
import pytest
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import migrations, models
from pgtrigger.migrations import AddTrigger

from payouts.models import Payout
from tests.schema.findings import Finding, judge, read_accepted
from tests.schema.house_rules import lint
from tests.schema.migrations import name_of

if TYPE_CHECKING:
    from django.db.migrations.operations.base import Operation

NOTHING = migrations.RunSQL.noop
NUMBER = models.IntegerField()
INDEX = models.Index(fields=["rail"], name="payout_by_rail")
BUILD = AddIndexConcurrently("payout", INDEX)
CLEAN = migrations.RunSQL("DROP INDEX CONCURRENTLY IF EXISTS payout_by_rail", NOTHING)
CHECK = models.CheckConstraint(condition=models.Q(rail="x"), name="payout_rail_is_x")
TRIGGER = pgtrigger.Protect(name="no_changes", operation=pgtrigger.Update).compile(Payout)  # type: ignore[arg-type]  # it takes the class
FILL = migrations.RunSQL("UPDATE payouts_payout SET rail = 'x'", NOTHING)
PYTHON = migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop)
ADD_NULL = migrations.AddField("payout", "number", models.IntegerField(null=True))
MAKE = migrations.CreateModel("Parcel", [("id", models.BigAutoField(primary_key=True))])


def made_up(*operations: Operation, atomic: bool = True) -> migrations.Migration:
    content = {"operations": list(operations), "atomic": atomic}
    made: migrations.Migration = type("Migration", (migrations.Migration,), content)(
        "0009_made_up", "payouts"
    )
    return made


REFUSED: list[tuple[str, list[Operation], bool]] = [
    ("no-way-back", [migrations.RunPython(migrations.RunPython.noop)], True),
    ("no-way-back", [migrations.RunSQL("DROP FUNCTION x")], True),
    ("data-beside-schema", [ADD_NULL, PYTHON], True),
    ("data-beside-schema", [ADD_NULL, FILL], True),
    ("data-beside-schema", [ADD_NULL, migrations.RunSQL(["SELECT 1", "\n  delete FROM x"], NOTHING)], True),
    ("gone-for-old-code", [migrations.RemoveField("payout", "rail")], True),
    ("gone-for-old-code", [migrations.RenameField("payout", "rail", "carrier")], True),
    ("gone-for-old-code", [migrations.RenameModel("payout", "payment")], True),
    ("gone-for-old-code", [migrations.AlterModelTable("payout", "payments")], True),
    ("gone-for-old-code", [migrations.DeleteModel("settlement")], True),
    ("gone-for-old-code", [migrations.AlterField("payout", "rail", models.TextField(db_column="x"))], True),
    (
        "gone-for-old-code",
        [migrations.SeparateDatabaseAndState([migrations.RemoveField("payout", "rail")])],
        True,
    ),
    ("unknown-to-old-code", [migrations.AddField("payout", "number", NUMBER)], True),
    ("unknown-to-old-code", [migrations.AddField("payout", "number", models.IntegerField(default=1))], True),
    ("refused-to-old-code", [AddTrigger("payout", TRIGGER)], True),
    ("refused-to-old-code", [AddConstraintNotValid("payout", CHECK)], True),
    ("refused-to-old-code", [migrations.AddConstraint("payout", CHECK)], True),
    ("refused-to-old-code", [migrations.RunSQL("CREATE OR REPLACE TRIGGER x", NOTHING)], True),
    ("cannot-be-run-again", [BUILD], False),
    ("cannot-be-run-again", [BUILD, CLEAN], False),
    ("cannot-be-run-again", [ADD_NULL], False),
    (
        "cannot-be-run-again",
        [migrations.RunSQL("ALTER TABLE payouts_payout ADD COLUMN x text", NOTHING)],
        False,
    ),
    (
        "cannot-be-run-again",
        # It would be there, and of no use.
        [migrations.RunSQL("CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON payouts_payout (rail)", NOTHING)],
        False,
    ),
]

PASSING: list[tuple[list[Operation], bool]] = [
    ([ADD_NULL], True),
    ([migrations.AddField("payout", "number", models.IntegerField(db_default=1))], True),
    ([MAKE, migrations.AddField("parcel", "number", NUMBER), AddTrigger("parcel", TRIGGER)], True),
    ([MAKE, migrations.AddConstraint("parcel", CHECK)], True),
    ([PYTHON], True),
    ([migrations.AlterModelOptions("payout", {}), PYTHON], True),
    (
        [migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("payout", "rail")])],
        True,
    ),
    ([CLEAN, BUILD], False),
    ([migrations.RunSQL("ALTER TABLE x ADD COLUMN IF NOT EXISTS y text", NOTHING)], False),
    ([migrations.RunSQL("ALTER TABLE x VALIDATE CONSTRAINT y", NOTHING)], False),
]


@pytest.mark.parametrize(("rule", "operations", "atomic"), REFUSED)
def test_it_refuses_what_stops_or_breaks_the_service(
    rule: str, operations: list[Operation], *, atomic: bool
) -> None:
    found = lint(made_up(*operations, atomic=atomic))
    assert [(finding.migration, finding.rule) for finding in found] == [("payouts.0009_made_up", rule)]


@pytest.mark.parametrize(("operations", "atomic"), PASSING)
def test_it_lets_pass_what_does_not(operations: list[Operation], *, atomic: bool) -> None:
    assert lint(made_up(*operations, atomic=atomic)) == []


def test_it_accepts_with_a_reason_only_and_for_one_rule_of_one_migration() -> None:
    bad = Finding(name_of(made_up()), "gone-for-old-code", "it is used")
    accept = '[[accepted]]\nmigration = "payouts.0009_made_up"\nrules = ["{}"]\nreason = "{}"'
    assert judge([bad], {}) == ["payouts.0009_made_up: gone-for-old-code: it is used"]
    assert judge([bad], read_accepted(accept.format("gone-for-old-code", "nobody uses it"))) == []
    assert len(judge([bad], read_accepted(accept.format("gone-for-old-code", "")))) == 1
    assert len(judge([bad], read_accepted(accept.format("no-way-back", "nobody uses it")))) == 2
