from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Built beside the service while it pays; run again, it first removes what a broken build has left."""

    atomic = False

    dependencies = [("payouts", "0007_reads_of_the_console")]

    operations = [
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS attempt_by_provider_reference", migrations.RunSQL.noop
        ),
        AddIndexConcurrently(
            model_name="payoutattempt",
            index=models.Index(
                condition=models.Q(("provider_reference", ""), _negated=True),
                fields=["organization", "provider_reference"],
                name="attempt_by_provider_reference",
            ),
        ),
    ]
