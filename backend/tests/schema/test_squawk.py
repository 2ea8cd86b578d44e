"""From a migration of Django's to the linter's word on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader

from tests.schema.migrations import script_of
from tests.schema.squawk import lint

if TYPE_CHECKING:
    from pathlib import Path

    from django.db.migrations.operations.base import Operation

pytestmark = pytest.mark.django_db

SHORT = models.Q(role="relay")
REFUSED: list[tuple[str, Operation]] = [
    (
        "adding-required-field",
        migrations.RunSQL("ALTER TABLE heartbeats_heartbeat ADD COLUMN c int NOT NULL"),
    ),
    ("ban-drop-default", migrations.AddField("heartbeat", "c", models.IntegerField(default=1))),
    (
        "adding-not-nullable-field",
        migrations.RunSQL("ALTER TABLE heartbeats_heartbeat ALTER role SET NOT NULL"),
    ),
    (
        "adding-field-with-default",
        migrations.AddField(
            "heartbeat", "c", models.UUIDField(db_default=models.Func(function="gen_random_uuid"))
        ),
    ),
    ("changing-column-type", migrations.AlterField("heartbeat", "role", models.IntegerField())),
    ("ban-drop-column", migrations.RemoveField("heartbeat", "role")),
    ("ban-drop-table", migrations.DeleteModel("heartbeat")),
    ("renaming-column", migrations.RenameField("heartbeat", "role", "kind")),
    ("renaming-table", migrations.AlterModelTable("heartbeat", "pulses")),
    (
        "require-concurrent-index-creation",
        migrations.AddIndex("heartbeat", models.Index(fields=["role"], name="by_role")),
    ),
    (
        "require-concurrent-index-deletion",
        migrations.RunSQL("DROP INDEX heartbeat_of_instance_is_single"),
    ),
    (
        "constraint-missing-not-valid",
        migrations.AddConstraint("heartbeat", models.CheckConstraint(condition=SHORT, name="role_is_known")),
    ),
    (
        "disallowed-unique-constraint",
        migrations.AddConstraint(
            "heartbeat", models.UniqueConstraint(fields=["role"], name="role_is_single")
        ),
    ),
    (
        "adding-foreign-key-constraint",
        migrations.RunSQL(
            "ALTER TABLE heartbeats_heartbeat ADD CONSTRAINT c FOREIGN KEY (id) REFERENCES payouts_payout (id)"
        ),
    ),
    ("ban-truncate-cascade", migrations.RunSQL("TRUNCATE heartbeats_heartbeat CASCADE")),
]


def rules_met(operation: Operation, folder: Path) -> set[str]:
    made_up = type("Migration", (migrations.Migration,), {"operations": [operation]})
    migration = made_up("0002_made_up", "heartbeats")
    state = MigrationLoader(connection).project_state(("heartbeats", "0001_initial"))
    return {finding.rule for finding in lint({"made_up": script_of(migration, state)}, folder)}


@pytest.mark.parametrize(("rule", "operation"), REFUSED)
def test_it_refuses_what_locks_for_long_or_breaks_others(
    rule: str, operation: Operation, tmp_path: Path
) -> None:
    assert rule in rules_met(operation, tmp_path)


def test_it_lets_a_column_pass_that_others_need_not_know(tmp_path: Path) -> None:
    column = models.CharField(max_length=20, db_default="")
    assert rules_met(migrations.AddField("heartbeat", "c", column), tmp_path) == set()
