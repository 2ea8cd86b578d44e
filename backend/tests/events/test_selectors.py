from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction

from core.event_bus import EventBus
from events.models import PendingEvent
from events.recorder import record_events
from events.relay import relay_events
from events.selectors import PendingMarkers, list_events_of, measure_markers
from tests.events.event_rows import new_event, record

pytestmark = pytest.mark.django_db


def test_it_lists_the_history_of_one_subject_oldest_first() -> None:
    ours = record(new_event(7), new_event(8), new_event(7, "PayoutFailed"))
    record(new_event(7, organization_id=2), new_event(7, subject_type="recipient"))

    history = list_events_of(organization_id=1, subject_type="payout", subject_id=7)

    assert [(event.pk, event.type) for event in history] == [
        (ours[0], "PayoutCreated"),
        (ours[2], "PayoutFailed"),
    ]


def test_it_knows_no_age_when_nothing_waits() -> None:
    assert measure_markers() == PendingMarkers(0, None)
    record(new_event())
    relay_events(EventBus())
    assert measure_markers() == PendingMarkers(0, None)


def test_it_measures_how_long_the_oldest_event_has_waited_by_the_databases_clock() -> None:
    old, _ = record(new_event(1), new_event(2))
    with connection.cursor() as cursor:
        # The log itself refuses to be changed: a trigger of a test may not.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE events_event SET occurred_at = now() - interval '1 hour' WHERE id = %s", [old])
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")

    age = measure_markers().oldest_age
    assert age is not None
    assert timedelta(hours=1) <= age < timedelta(hours=1, minutes=1)


def test_it_does_not_take_a_delayed_event_for_a_young_one() -> None:
    record(new_event())
    before = measure_markers().oldest_age
    PendingEvent.objects.update(failures=5)
    with transaction.atomic():
        record_events([new_event(2)])

    after = measure_markers().oldest_age
    assert before is not None
    assert after is not None
    assert after > before


def test_it_counts_what_waits_for_the_relay() -> None:
    record(new_event(1), new_event(2))

    markers = measure_markers()

    assert markers.count == 2
    assert markers.oldest_age is not None
    assert timedelta() < markers.oldest_age < timedelta(minutes=1)
