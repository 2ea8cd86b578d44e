from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

from events.models import Event, PendingEvent
from tests.events.event_rows import new_event, record
from tests.factories import NOON
from tests.payouts.models.guards import Write, by_both_ways, deleted_by_both_ways, refused_by

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.django_db


@pytest.fixture
def event() -> Event:
    """An event that the relay has handed over already."""
    (event_id,) = record(new_event())
    PendingEvent.objects.all().delete()
    return Event.objects.get(pk=event_id)


CHANGES: dict[str, Any] = {
    "organization_id": 2,
    "subject_type": "recipient",
    "subject_id": 2,
    "type": "PayoutFailed",
    "data": {"forged": True},
    "actor": "operator:jane",
    "request_id": "another",
    "occurred_at": NOON,
}


@by_both_ways
@pytest.mark.parametrize("column", CHANGES)
def test_it_keeps_every_column_of_what_happened(event: Event, write: Write, column: str) -> None:
    with refused_by("append_only"):
        write(event, **{column: CHANGES[column]})


@by_both_ways
def test_it_refuses_even_a_change_that_changes_nothing(event: Event, write: Write) -> None:
    with refused_by("append_only"):
        write(event, type=event.type)


@deleted_by_both_ways
def test_it_forgets_nothing(event: Event, delete: Callable[[Event], None]) -> None:
    with refused_by("append_only"):
        delete(event)
    assert Event.objects.filter(pk=event.pk).exists()


@pytest.mark.parametrize(
    "tables", ["events_event", "events_event CASCADE", "events_pendingevent, events_event"]
)
def test_it_is_never_emptied(event: Event, tables: str) -> None:
    with refused_by("never_truncated"), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {tables}")
    assert Event.objects.filter(pk=event.pk).exists()


def test_it_has_a_guard_for_every_column(event: Event) -> None:
    assert {field.name for field in event._meta.concrete_fields} == {"id", *CHANGES}


def test_it_describes_itself_without_its_data() -> None:
    (event_id,) = record(new_event(7, data={"reference": "01JNAXZ5R8"}))

    assert str(Event.objects.get(pk=event_id)) == "PayoutCreated of payout 7"
    assert str(PendingEvent.objects.get(pk=event_id)) == f"event {event_id} is pending"
