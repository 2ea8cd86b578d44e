"""Events to record, and what is left of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from events.models import Event, PendingEvent
from events.recorder import NewEvent, record_events

if TYPE_CHECKING:
    from datetime import timedelta


def new_event(subject_id: int = 1, event_type: str = "PayoutCreated", **changes: Any) -> NewEvent:
    usual: dict[str, Any] = {
        "organization_id": 1,
        "type": event_type,
        "subject_type": "payout",
        "subject_id": subject_id,
        "actor": "engine",
    }
    return NewEvent(**usual | changes)


def record(*events: NewEvent) -> list[int]:
    """Record the events in a transaction of their own; returns their ids."""
    with transaction.atomic():
        record_events(events)
    return list(Event.objects.order_by("-id").values_list("id", flat=True)[: len(events)])[::-1]


def pending_ids() -> list[int]:
    return list(PendingEvent.objects.order_by("pk").values_list("pk", flat=True))


def let_pass(time: timedelta) -> None:
    """As if this time had passed for every marker: what became due in it is due."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE events_pendingevent SET due_at = due_at - make_interval(secs => %s)",
            [time.total_seconds()],
        )
