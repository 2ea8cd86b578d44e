from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

# What happens to every payout that nothing happens to. All other types are rare.
TYPES_OF_ROUTINE = ("PayoutCreated", "PayoutSending", "PayoutAccepted", "PayoutCompleted")
OF_NOTE = ~Q(type__in=TYPES_OF_ROUTINE)
# By hand: operators, and who has a shell.
BY_OPERATORS = Q(actor__startswith="operator:")
BY_PEOPLE = BY_OPERATORS | Q(actor="shell")
OF_REQUESTS = ~Q(request_id="")


class Event(models.Model):
    """What happened, once and for all: audit trail, outbox and feed in one append-only log.

    Holds plain ids instead of foreign keys: the log outlives what it speaks of, and writing to it locks
    nothing else.
    """

    organization_id = models.BigIntegerField()
    subject_type = models.CharField(max_length=32)
    subject_id = models.BigIntegerField()
    type = models.CharField(max_length=64)
    data = models.JSONField(default=dict)
    actor = models.CharField(max_length=200)
    request_id = models.CharField(max_length=64, blank=True, default="")
    occurred_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(
                fields=["organization_id", "subject_type", "subject_id", "id"],
                name="event_history_of_subject",
            ),
            models.Index(fields=["organization_id", "occurred_at"], name="event_by_time"),
            # The next three are small beside the log: few events are in them.
            models.Index(
                fields=["organization_id", "actor", "occurred_at"],
                condition=BY_PEOPLE,
                name="event_by_person",
            ),
            models.Index(
                fields=["organization_id", "type", "occurred_at"], condition=OF_NOTE, name="event_of_note"
            ),
            models.Index(
                fields=["organization_id", "request_id"],
                condition=OF_REQUESTS,
                name="event_by_request",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="never_truncated",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func="RAISE EXCEPTION 'The event log is append-only: it is never truncated.';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} of {self.subject_type} {self.subject_id}"


class PendingEvent(models.Model):
    """Marks an event that the relay has not handed to all its handlers yet; deleted when it has.

    `due_at` is also the relay's lease: taking a marker moves it into the future.
    """

    event = models.OneToOneField(Event, primary_key=True, on_delete=models.PROTECT, db_constraint=False)
    due_at = models.DateTimeField(db_default=Now())
    failures = models.PositiveIntegerField(db_default=0)
    # In which trace the relay goes on; empty when what the event tells of is not traced.
    traceparent = models.CharField(max_length=55, blank=True, default="", db_default="")

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="pending_event_due")]

    def __str__(self) -> str:
        return f"event {self.pk} is pending"
