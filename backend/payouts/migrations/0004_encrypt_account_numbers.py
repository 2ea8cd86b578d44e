from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import django.db.models.functions.text
import django.db.models.lookups
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

from database.encryption import EncryptedTextField, Hexadecimal, hash_of
from payouts.domain.recipient import comparable_account_number

BATCH_SIZE = 1_000


def encrypt_account_numbers(apps: Any, _schema_editor: object) -> None:
    for recipients in batches_of(apps.get_model("payouts", "Recipient")):
        for recipient in recipients:
            recipient.account_number = recipient.readable_account_number
            recipient.account_number_hash = hash_of(
                comparable_account_number(recipient.readable_account_number),
                purpose="account number",
                organization_id=recipient.organization_id,
            )
            # Old row versions stay in the table's files until VACUUM FULL; new ones hold nothing readable.
            recipient.readable_account_number = ""
            recipient.save(
                update_fields=["account_number", "account_number_hash", "readable_account_number"]
            )
    for payouts in batches_of(apps.get_model("payouts", "Payout")):
        for payout in payouts:
            payout.account_number_snapshot = payout.readable_account_number
            payout.readable_account_number = ""
            payout.save(update_fields=["account_number_snapshot", "readable_account_number"])


def batches_of(model: Any) -> Iterator[list[Any]]:
    last_id = 0
    while batch := list(model.objects.filter(pk__gt=last_id).order_by("pk")[:BATCH_SIZE]):
        yield batch
        last_id = batch[-1].pk


class Migration(migrations.Migration):
    """Encrypts what is there, with the first of FIELD_ENCRYPTION_KEYS. The service must be stopped meanwhile.

    There is no way back: what is encrypted is not made readable by a migration.
    """

    dependencies = [
        ('payouts', '0003_payout_open'),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='payout',
            name='payout_written_once',
        ),
        migrations.RemoveConstraint(
            model_name='recipient',
            name='recipient_is_reachable',
        ),
        migrations.RenameField("recipient", "account_number", "readable_account_number"),
        migrations.RenameField("payout", "account_number_snapshot", "readable_account_number"),
        migrations.AddField(
            "recipient",
            "account_number",
            EncryptedTextField(db_column="account_number_encrypted", null=True),  # type: ignore[misc]  # for a moment
        ),
        migrations.AddField(
            "recipient", "account_number_hash", models.CharField(default="", max_length=64), preserve_default=False
        ),
        migrations.AddField(
            "payout",
            "account_number_snapshot",
            EncryptedTextField(row="reference", db_column="account_number_snapshot_encrypted", null=True),  # type: ignore[misc]  # for a moment
        ),
        migrations.RunPython(encrypt_account_numbers),
        # From the plain hash of an order the account number could be found by trying: it is forgotten.
        migrations.RunSQL(
            "ALTER TABLE payouts_payoutattempt DISABLE TRIGGER USER;"
            "UPDATE payouts_payoutattempt SET request_hash = '';"
            "ALTER TABLE payouts_payoutattempt ENABLE TRIGGER USER"
        ),
        migrations.RemoveField("recipient", "readable_account_number"),
        migrations.RemoveField("payout", "readable_account_number"),
        migrations.AlterField(
            "recipient", "account_number", EncryptedTextField(db_column="account_number_encrypted")
        ),
        migrations.AlterField(
            "payout",
            "account_number_snapshot",
            EncryptedTextField(row="reference", db_column="account_number_snapshot_encrypted"),
        ),
        migrations.AddIndex(
            model_name='recipient',
            index=models.Index(fields=['organization', 'account_number_hash'], name='recipient_by_account'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payout',
            trigger=pgtrigger.compiler.Trigger(name='payout_written_once', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."organization_id" IS DISTINCT FROM (NEW."organization_id") OR OLD."reference" IS DISTINCT FROM (NEW."reference") OR OLD."end_to_end_id" IS DISTINCT FROM (NEW."end_to_end_id") OR OLD."uetr" IS DISTINCT FROM (NEW."uetr") OR OLD."recipient_id" IS DISTINCT FROM (NEW."recipient_id") OR OLD."amount_minor" IS DISTINCT FROM (NEW."amount_minor") OR OLD."currency" IS DISTINCT FROM (NEW."currency") OR OLD."idempotency_key" IS DISTINCT FROM (NEW."idempotency_key") OR OLD."request_fingerprint" IS DISTINCT FROM (NEW."request_fingerprint") OR OLD."recipient_name_snapshot" IS DISTINCT FROM (NEW."recipient_name_snapshot") OR OLD."bank_code_snapshot" IS DISTINCT FROM (NEW."bank_code_snapshot") OR OLD."country_snapshot" IS DISTINCT FROM (NEW."country_snapshot") OR OLD."metadata" IS DISTINCT FROM (NEW."metadata") OR OLD."created_by" IS DISTINCT FROM (NEW."created_by") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='28e18318727374465bd58a9cfbc3d0ddafa45dbd', operation='UPDATE', pgid='pgtrigger_payout_written_once_e2df6', table='payouts_payout', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payout',
            trigger=pgtrigger.compiler.Trigger(name='payout_account_only_reencrypted', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.account_number_snapshot_encrypted IS DISTINCT FROM NEW.account_number_snapshot_encrypted AND current_setting('payouts.reencrypting', true) IS DISTINCT FROM 'on')", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='f61fdae627deb9358c36e8ff6259bb4fb03f5457', operation='UPDATE', pgid='pgtrigger_payout_account_only_reencrypted_41ed9', table='payouts_payout', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='payout',
            constraint=models.CheckConstraint(condition=models.Q(django.db.models.lookups.GreaterThanOrEqual(django.db.models.functions.text.Length(Hexadecimal(models.F('account_number_snapshot'))), 64), django.db.models.lookups.Exact(django.db.models.functions.text.Left(Hexadecimal(models.F('account_number_snapshot')), 2), '01')), name='payout_account_is_encrypted'),
        ),
        migrations.AddConstraint(
            model_name='recipient',
            constraint=models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='recipient_has_name'),
        ),
        migrations.AddConstraint(
            model_name='recipient',
            constraint=models.CheckConstraint(condition=models.Q(django.db.models.lookups.GreaterThanOrEqual(django.db.models.functions.text.Length(Hexadecimal(models.F('account_number'))), 64), django.db.models.lookups.Exact(django.db.models.functions.text.Left(Hexadecimal(models.F('account_number')), 2), '01')), name='recipient_account_is_encrypted'),
        ),
    ]
