from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from database.words import WordVector
from payouts.domain.recipient_names import own_word, words_in

BATCH_SIZE = 1_000
# What a build that was cut off has left: an index of this name that nothing uses.
CLEAN = "DROP INDEX CONCURRENTLY IF EXISTS {}"


def fill_in_words(apps: Any, _schema_editor: object) -> None:
    recipients = apps.get_model("payouts", "Recipient").objects
    last_id = 0
    while batch := list(recipients.filter(pk__gt=last_id).order_by("pk")[:BATCH_SIZE]):
        for recipient in batch:
            recipient.name_words = [
                own_word(word, recipient.organization_id) for word in words_in(recipient.name)
            ]
        recipients.bulk_update(batch, ["name_words"])
        last_id = batch[-1].pk


def clean(name: str) -> migrations.RunSQL:
    return migrations.RunSQL(sql=CLEAN.format(name), reverse_sql=migrations.RunSQL.noop)


class Migration(migrations.Migration):
    """Built beside the service while it takes payouts.

    A recipient that the version before this one adds meanwhile has no words, and is found by its name once it
    is saved again; everything else about it works.
    """

    atomic = False

    dependencies = [("payouts", "0006_settlements_and_questions")]

    operations = [
        # Can be run again after it was cut off, like everything here.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE payouts_recipient"
                    " ADD COLUMN IF NOT EXISTS name_words text[] NOT NULL DEFAULT '{}'",
                    "ALTER TABLE payouts_recipient DROP COLUMN name_words",
                )
            ],
            state_operations=[
                migrations.AddField(
                    model_name="recipient",
                    name="name_words",
                    field=ArrayField(
                        base_field=models.TextField(),
                        db_default=models.Value([], ArrayField(base_field=models.TextField(), size=None)),
                        size=None,
                    ),
                ),
            ],
        ),
        migrations.RunPython(fill_in_words, migrations.RunPython.noop),
        clean("recipient_by_words"),
        AddIndexConcurrently(
            model_name="recipient",
            index=GinIndex(WordVector(models.F("name_words")), name="recipient_by_words"),
        ),
        clean("payout_by_time"),
        AddIndexConcurrently(
            model_name="payout",
            index=models.Index(
                condition=models.Q(("deleted_at", None)),
                fields=["organization", "created_at", "id"],
                include=("status", "stage", "currency", "rail", "amount_minor", "recipient", "completed_at"),
                name="payout_by_time",
            ),
        ),
        clean("payout_for_people"),
        AddIndexConcurrently(
            model_name="payout",
            index=models.Index(
                condition=models.Q(
                    ("deleted_at", None), ("stage__in", ["unknown", "needs_review", "on_hold"])
                ),
                fields=["organization", "stage", "created_at", "id"],
                name="payout_for_people",
            ),
        ),
        # An index is read without the table only where the table was vacuumed lately; a fifth of a large one
        # changed, the server's own measure, is long ago.
        migrations.RunSQL(
            "ALTER TABLE payouts_payout SET (autovacuum_vacuum_scale_factor = 0.02, "
            "autovacuum_vacuum_insert_scale_factor = 0.02)",
            "ALTER TABLE payouts_payout RESET (autovacuum_vacuum_scale_factor, "
            "autovacuum_vacuum_insert_scale_factor)",
        ),
    ]
