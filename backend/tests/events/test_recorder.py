from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, connection, transaction

from access.models import Organization
from core.request_context import request_id
from events.models import Event, PendingEvent
from events.recorder import insert_with_event, record_events
from tests.events.event_rows import new_event, pending_ids, record

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries


@pytest.mark.django_db(transaction=True)
def test_it_refuses_to_record_outside_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        record_events([new_event()])
    with pytest.raises(RuntimeError, match="transaction"):
        record_events([])
    assert not Event.objects.exists()


@pytest.mark.django_db
def test_it_records_every_column_and_marks_the_event_due() -> None:
    token = request_id.set("request-1")
    (event_id,) = record(
        new_event(
            7, "PayoutHeld", organization_id=3, actor="operator:jane", data={"reason": "знак 💸", "n": 1}
        )
    )
    request_id.reset(token)

    event = Event.objects.get(pk=event_id)
    assert (event.organization_id, event.subject_type, event.subject_id) == (3, "payout", 7)
    assert (event.type, event.actor, event.request_id) == ("PayoutHeld", "operator:jane", "request-1")
    assert event.data == {"reason": "знак 💸", "n": 1}
    marker = PendingEvent.objects.get(pk=event_id)
    assert (marker.due_at, marker.failures) == (event.occurred_at, 0)


@pytest.mark.django_db
def test_it_keeps_the_order_of_a_batch() -> None:
    numbers = [5, 3, 9, 1, *range(100, 400)]
    ids = record(*[new_event(number) for number in numbers])

    assert ids == sorted(ids) == pending_ids()
    assert list(Event.objects.order_by("id").values_list("subject_id", flat=True)) == numbers


@pytest.mark.django_db
@pytest.mark.parametrize(("events", "statements"), [(0, 0), (1, 1), (1_000, 1)])
def test_it_writes_log_and_markers_in_one_statement(
    events: int, statements: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with transaction.atomic(), django_assert_num_queries(statements):
        record_events([new_event(number) for number in range(events)])

    assert Event.objects.count() == PendingEvent.objects.count() == events


@pytest.mark.django_db
def test_it_gives_each_marker_the_trace_of_its_event() -> None:
    traces = ["00-a", "", "00-b", "00-a"]
    ids = record(*[new_event(7, traceparent=trace) for trace in traces])

    assert list(PendingEvent.objects.order_by("pk").values_list("pk", "traceparent")) == list(
        zip(ids, traces, strict=True)
    )


@pytest.mark.django_db
def test_it_takes_the_events_back_with_the_transaction() -> None:
    with transaction.atomic():
        record_events([new_event()])
        transaction.set_rollback(True)

    assert not Event.objects.exists()
    assert not PendingEvent.objects.exists()


@pytest.mark.django_db
def test_it_records_no_event_whose_marker_cannot_be_written() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE events_pendingevent ADD CONSTRAINT no_markers CHECK (event_id < 0) NOT VALID"
        )

    with pytest.raises(IntegrityError, match="no_markers"), transaction.atomic():
        record_events([new_event()])

    assert not Event.objects.exists()


INSERT = "INSERT INTO access_organization (name, environment, created_at) SELECT %s, 'test', now() WHERE %s RETURNING id"


@pytest.mark.django_db
def test_it_records_an_event_of_the_row_that_it_inserts(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    token = request_id.set("request-1")
    told = new_event(0, "OrganizationCreated", organization_id=3, actor="shell", data={"name": "Zoë"})
    with django_assert_num_queries(1):
        row_id = insert_with_event(INSERT, ["Initech", True], replace(told, traceparent="00-ab-cd-01"))
    request_id.reset(token)

    (event,) = Event.objects.all()
    assert Organization.objects.get(name="Initech").pk == event.subject_id == row_id
    assert (event.organization_id, event.subject_type, event.type) == (3, "payout", "OrganizationCreated")
    assert (event.actor, event.data, event.request_id) == ("shell", {"name": "Zoë"}, "request-1")
    assert PendingEvent.objects.get().pk == event.pk
    assert PendingEvent.objects.get().traceparent == "00-ab-cd-01"


@pytest.mark.django_db
def test_it_records_nothing_of_a_row_that_is_not_inserted() -> None:
    assert insert_with_event(INSERT, ["Initech", False], new_event()) is None

    assert not Organization.objects.filter(name="Initech").exists()
    assert not Event.objects.exists()
    assert not PendingEvent.objects.exists()
