from __future__ import annotations

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import Q

INDEXES = (
    models.Index(fields=["organization_id", "occurred_at"], name="event_by_time"),
    models.Index(
        condition=Q(("actor__startswith", "operator:"), ("actor", "shell"), _connector="OR"),
        fields=["organization_id", "actor", "occurred_at"],
        name="event_by_person",
    ),
    models.Index(
        condition=Q(
            ("type__in", ("PayoutCreated", "PayoutSending", "PayoutAccepted", "PayoutCompleted")),
            _negated=True,
        ),
        fields=["organization_id", "type", "occurred_at"],
        name="event_of_note",
    ),
    models.Index(
        condition=Q(("request_id", ""), _negated=True),
        fields=["organization_id", "request_id"],
        name="event_by_request",
    ),
)


class Migration(migrations.Migration):
    """Built beside the service while it takes payouts, which a transaction would not allow."""

    atomic = False

    dependencies = [("events", "0001_initial")]

    operations = [
        operation
        for index in INDEXES
        for operation in (
            # What a build that was cut off has left: an index of this name that nothing uses.
            migrations.RunSQL(
                sql=f"DROP INDEX CONCURRENTLY IF EXISTS {index.name}", reverse_sql=migrations.RunSQL.noop
            ),
            AddIndexConcurrently(model_name="event", index=index),
        )
    ]
