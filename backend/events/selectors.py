"""Reads of the event log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Q

from database.positions import Position, behind, down_to, end_of_window, newest_first
from events.models import BY_OPERATORS, TYPES_OF_ROUTINE, Event

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime, timedelta

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


# So many events are looked through for what no index has alone: the rest is behind another page.
WINDOW = 25_000
_TIME = "occurred_at"


@dataclass(frozen=True, kw_only=True)
class EventFilters:
    """Which events are wanted; None means any. A subject is a type with an id; all bounds are inclusive.

    `actor` is the whole one, and `actor_begins` what several begin with.
    """

    subject_type: str | None = None
    subject_id: int | None = None
    actor: str | None = None
    actor_begins: str | None = None
    type: str | None = None
    request_id: str | None = None
    occurred_from: datetime | None = None
    occurred_to: datetime | None = None


@dataclass(frozen=True)
class EventPage:
    """`after`: where to go on; None when this is the end.

    `is_cut_off`: the page is not full since WINDOW events were looked through; there may be others behind
    `after`.
    """

    events: Sequence[Event]
    after: Position | None = None
    is_cut_off: bool = False


def find_events(
    *,
    organization_id: int,
    filters: EventFilters,
    after: Position | None = None,
    size: int = 50,
    window: int = WINDOW,
) -> EventPage:
    """One page of what meets the filters, newest first, in at most two statements."""
    in_time = _in_time(organization_id, filters)
    wanted = in_time.filter(_condition(filters))
    end = None
    if _is_looked_for(filters):
        end = end_of_window(behind(in_time, after, _TIME), _TIME, size=window)
        wanted = wanted if end is None else down_to(wanted, end, _TIME)
    found = list(newest_first(behind(wanted, after, _TIME), _TIME)[: size + 1])
    if len(found) > size:
        return EventPage(found[:size], Position(found[size - 1].occurred_at, found[size - 1].pk))
    return EventPage(found, end, is_cut_off=end is not None)


def find_position(*, organization_id: int, event_id: int) -> Position | None:
    """Where an event stands among those of the organization; None when it is none of them."""
    events = Event.objects.filter(organization_id=organization_id, pk=event_id)
    moment = events.values_list("occurred_at", flat=True).first()
    return None if moment is None else Position(moment, event_id)


def _in_time(organization_id: int, filters: EventFilters) -> QuerySet[Event]:
    events = Event.objects.filter(organization_id=organization_id)
    if filters.occurred_from is not None:
        events = events.filter(occurred_at__gte=filters.occurred_from)
    if filters.occurred_to is not None:
        events = events.filter(occurred_at__lte=filters.occurred_to)
    return events


def _condition(filters: EventFilters) -> Q:
    exact = {
        "subject_type": filters.subject_type,
        "subject_id": filters.subject_id,
        "actor": filters.actor,
        "actor__startswith": filters.actor_begins,
        "type": filters.type,
        "request_id": filters.request_id,
    }
    condition = Q(**{name: value for name, value in exact.items() if value is not None})
    # The other partial indexes are seen to hold what is asked for; this one has to be told.
    if filters.actor and filters.actor.startswith("operator:"):
        condition &= BY_OPERATORS
    return condition


def _is_looked_for(filters: EventFilters) -> bool:
    """Whether events have to be looked through, since no index has these alone."""
    is_of_subject = filters.subject_type is not None and filters.subject_id is not None
    if is_of_subject or filters.request_id or _is_of_person(filters) or _is_of_note(filters):
        return False
    wanted = (filters.subject_type, filters.subject_id, filters.actor, filters.actor_begins, filters.type)
    return any(each is not None for each in wanted)


def _is_of_person(filters: EventFilters) -> bool:
    return filters.actor is not None and (filters.actor == "shell" or filters.actor.startswith("operator:"))


def _is_of_note(filters: EventFilters) -> bool:
    return filters.type is not None and filters.type not in TYPES_OF_ROUTINE


@dataclass(frozen=True)
class PendingMarkers:
    """How many events wait for the relay, and for how long the first has, by the database's clock.

    No age when none waits.
    """

    count: int
    oldest_age: timedelta | None


# The first is found by its id. A join would let the planner read the whole log beside a few markers.
_MEASURE = """
SELECT count(*), statement_timestamp() - (
    SELECT occurred_at FROM events_event WHERE id = min(marker.event_id)
)
FROM events_pendingevent AS marker
"""


def measure_markers() -> PendingMarkers:
    with connection.cursor() as cursor:
        cursor.execute(_MEASURE)
        return PendingMarkers(*cursor.fetchone())
