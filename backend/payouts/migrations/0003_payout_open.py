from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Built beside the service while it takes payouts, which a transaction would not allow."""

    atomic = False

    dependencies = [("payouts", "0002_recipient_of_same_organization")]

    operations = [
        # What a build that was cut off has left: an index of this name that nothing uses.
        migrations.RunSQL(
            sql="DROP INDEX CONCURRENTLY IF EXISTS payout_open", reverse_sql=migrations.RunSQL.noop
        ),
        AddIndexConcurrently(
            model_name="payout",
            index=models.Index(
                fields=["rail", "stage", "updated_at"],
                condition=models.Q(("deleted_at", None), ("status__in", ["NEW", "PROCESSING"])),
                name="payout_open",
            ),
        ),
    ]
