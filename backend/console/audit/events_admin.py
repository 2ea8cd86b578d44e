"""The event log and the relay's markers, to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from console.frame.console_admin import ReadOnlyAdmin
from console.frame.filters import EventTypeFilter
from events.models import Event, PendingEvent

if TYPE_CHECKING:
    from datetime import datetime


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin[Event]):
    list_display = ("id", "occurred_at", "type", "subject_type", "subject_id", "actor", "organization_id")
    list_filter = (EventTypeFilter,)
    fields = (
        "id",
        "occurred_at",
        "type",
        "subject_type",
        "subject_id",
        "data",
        "actor",
        "request_id",
        "organization_id",
    )


@admin.register(PendingEvent)
class PendingEventAdmin(ReadOnlyAdmin[PendingEvent]):
    """What stands here for longer than seconds, with failures, a handler does not take."""

    organization_lookup = "event__organization_id"

    list_display = ("event", "occurred_at", "due_at", "failures")
    list_select_related = ("event",)
    ordering = ("due_at",)
    fields = ("event", "occurred_at", "due_at", "failures")
    readonly_fields = ("occurred_at",)

    @admin.display(description="occurred at")
    def occurred_at(self, marker: PendingEvent) -> datetime:
        return marker.event.occurred_at
