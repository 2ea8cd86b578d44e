"""Reads of the event log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Min
from django.db.models.functions import Now

from events.models import Event, PendingEvent

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import timedelta

    from django.db.models import QuerySet


def list_events_of(*, organization_id: int, subject_type: str, subject_id: int) -> QuerySet[Event]:
    """The history of one subject, oldest first."""
    return Event.objects.filter(
        organization_id=organization_id, subject_type=subject_type, subject_id=subject_id
    ).order_by("id")


def list_events_about(
    *, organization_ids: Collection[int], subject_type: str, subject_id: int
) -> QuerySet[Event]:
    """What several organizations are told of one subject, oldest first."""
    return Event.objects.filter(
        organization_id__in=organization_ids, subject_type=subject_type, subject_id=subject_id
    ).order_by("id")


@dataclass(frozen=True)
class PendingMarkers:
    """How many events wait for the relay, and for how long the first has, by the database's clock.

    No age when none waits.
    """

    count: int
    oldest_age: timedelta | None


def measure_markers() -> PendingMarkers:
    return PendingMarkers(
        **PendingEvent.objects.aggregate(count=Count("pk"), oldest_age=Now() - Min("event__occurred_at"))
    )
