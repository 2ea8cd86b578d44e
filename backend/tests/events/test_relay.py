from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from core.event_bus import EventBus
from events.models import Event, PendingEvent
from events.recorder import record_events
from events.relay import LEASE_SECONDS, LONGEST_DELAY_SECONDS, relay_events
from events.repositories import take_due_events
from tests.events.event_rows import let_pass, new_event, pending_ids, record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_django import DjangoAssertNumQueries

    from core.event_bus import RecordedEvent

A_LEASE = timedelta(seconds=LEASE_SECONDS)
LONGEST_DELAY = timedelta(seconds=LONGEST_DELAY_SECONDS)


# The last thousand of these events wait.
A_LONG_LOG = """
WITH recorded AS (
    INSERT INTO events_event (organization_id, subject_type, subject_id, type, data, actor, request_id)
    SELECT 1, 'payout', number, 'PayoutCreated', '{}', 'engine', '' FROM generate_series(1, 20000) AS number
    RETURNING id, subject_id
)
INSERT INTO events_pendingevent (event_id) SELECT id FROM recorded WHERE subject_id > 19000
"""


class Listener:
    """A handler that keeps what it was given, and fails while it is told to."""

    def __init__(self) -> None:
        self.batches: list[list[RecordedEvent]] = []
        self.is_failing = False

    def listen(self, events: Sequence[RecordedEvent]) -> None:
        self.batches.append(list(events))
        if self.is_failing:
            raise ConnectionError("no broker")

    @property
    def heard(self) -> list[int]:
        return [event.id for batch in self.batches for event in batch]


@pytest.fixture
def bus() -> EventBus:
    return EventBus()


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.mark.django_db
def test_it_delivers_once_to_those_who_subscribed(bus: EventBus) -> None:
    creations, failures = Listener(), Listener()
    bus.subscribe(creations.listen, "PayoutCreated")
    bus.subscribe(failures.listen, "PayoutFailed", "PayoutReturned")
    created, failed, canceled = record(
        new_event(1, data={"rail": "sandbox"}), new_event(2, "PayoutFailed"), new_event(3, "PayoutCanceled")
    )

    assert relay_events(bus) == 3
    assert (creations.heard, failures.heard) == ([created], [failed])
    assert canceled not in creations.heard + failures.heard
    assert pending_ids() == []
    assert relay_events(bus) == 0
    assert creations.heard == [created]


@pytest.mark.django_db
def test_it_hands_over_the_event_as_it_was_recorded(bus: EventBus, listener: Listener) -> None:
    bus.subscribe(listener.listen, "PayoutCreated")
    (event_id,) = record(new_event(7, organization_id=3, data={"rail": "sandbox", "deep": {"n": [1, None]}}))
    relay_events(bus)

    ((event,),) = listener.batches
    assert (event.id, event.organization_id, event.type) == (event_id, 3, "PayoutCreated")
    assert (event.subject_type, event.subject_id) == ("payout", 7)
    assert event.data == {"rail": "sandbox", "deep": {"n": [1, None]}}


@pytest.mark.django_db
def test_it_hands_over_a_batch_as_one_list_in_the_order_of_the_log(bus: EventBus, listener: Listener) -> None:
    bus.subscribe(listener.listen, "PayoutCreated")
    ids = record(*[new_event(number) for number in range(25)])
    PendingEvent.objects.filter(pk=ids[-1]).update(due_at=Now() - timedelta(hours=1))

    relay_events(bus)

    assert [[event.id for event in batch] for batch in listener.batches] == [ids]


@pytest.mark.django_db
def test_it_takes_no_more_than_a_batch_and_the_longest_due_first(bus: EventBus, listener: Listener) -> None:
    bus.subscribe(listener.listen, "PayoutCreated")
    ids = record(*[new_event(number) for number in range(5)])
    PendingEvent.objects.filter(pk=ids[4]).update(due_at=Now() - timedelta(hours=1))

    taken = []
    while count := relay_events(bus, batch_size=2):
        taken.append(count)

    assert taken == [2, 2, 1]
    assert ids[4] in {event.id for event in listener.batches[0]}
    assert sorted(listener.heard) == ids


@pytest.mark.django_db
def test_it_delays_only_the_events_of_the_handler_that_failed(bus: EventBus, listener: Listener) -> None:
    well = Listener()
    bus.subscribe(listener.listen, "PayoutCreated")
    bus.subscribe(well.listen, "PayoutCreated", "PayoutFailed")
    listener.is_failing = True
    created, failed = record(new_event(1), new_event(2, "PayoutFailed"))

    assert relay_events(bus) == 2
    assert well.heard == [created, failed]
    assert pending_ids() == [created]
    assert relay_events(bus) == 0

    listener.is_failing = False
    let_pass(LONGEST_DELAY)
    assert relay_events(bus) == 1
    assert pending_ids() == []
    assert listener.heard == [created, created]


@pytest.mark.django_db
def test_it_waits_longer_after_each_failure_and_never_beyond_its_bound(
    bus: EventBus, listener: Listener
) -> None:
    bus.subscribe(listener.listen, "PayoutCreated")
    listener.is_failing = True
    record(new_event())

    waits = []
    for _ in range(6):
        assert relay_events(bus) == 1
        wait: timedelta = PendingEvent.objects.annotate(wait=F("due_at") - Now()).get().wait
        waits.append(round(wait.total_seconds(), 0))
        let_pass(LONGEST_DELAY)

    assert waits == [1, 2, 4, 5, 5, 5]
    assert PendingEvent.objects.get().failures == 6


@pytest.mark.django_db
def test_it_keeps_the_wait_bounded_after_any_number_of_failures(bus: EventBus, listener: Listener) -> None:
    bus.subscribe(listener.listen, "PayoutCreated")
    listener.is_failing = True
    record(new_event())
    PendingEvent.objects.update(failures=2_000_000_000)

    assert relay_events(bus) == 1
    let_pass(LONGEST_DELAY)
    assert relay_events(bus) == 1


@pytest.mark.django_db
def test_it_delivers_again_what_a_killed_relay_had_taken(bus: EventBus, listener: Listener) -> None:
    bus.subscribe(listener.listen, "PayoutCreated")
    ids = record(new_event(1), new_event(2))
    taken = take_due_events(limit=10, lease_seconds=LEASE_SECONDS)
    assert [event.id for event in taken] == ids

    assert relay_events(bus) == 0  # while the lease holds, another relay may still be at it
    let_pass(A_LEASE)
    assert relay_events(bus) == 2
    assert listener.heard == ids


@pytest.mark.django_db
def test_it_leaves_events_alone_that_are_not_due(bus: EventBus, listener: Listener) -> None:
    bus.subscribe(listener.listen, "PayoutCreated")
    record(new_event())
    PendingEvent.objects.update(due_at=Now() + timedelta(minutes=1))

    assert relay_events(bus) == 0
    assert listener.heard == []


@pytest.mark.django_db
def test_it_goes_on_with_each_events_trace(bus: EventBus) -> None:
    heard: list[str] = []
    bus.subscribe(lambda events: heard.extend(event.traceparent for event in events), "PayoutCreated")
    record(new_event(1, traceparent="00-a"), new_event(2), new_event(3, traceparent="00-b"))
    relay_events(bus)

    assert heard == ["00-a", "", "00-b"]


@pytest.mark.django_db
def test_it_takes_what_code_from_before_traces_has_written(bus: EventBus, listener: Listener) -> None:
    bus.subscribe(listener.listen, "PayoutCreated")
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH recorded AS (
                INSERT INTO events_event (organization_id, subject_type, subject_id, type, data, actor, request_id)
                VALUES (1, 'payout', 1, 'PayoutCreated', '{}', 'engine', '') RETURNING id
            ) INSERT INTO events_pendingevent (event_id) SELECT id FROM recorded"""
        )
    assert relay_events(bus) == 1
    assert len(listener.heard) == 1


# Each statement between a BEGIN and a COMMIT.
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("events", "statements"), [(0, 3), (1, 6), (300, 6)])
def test_it_costs_two_statements_however_many_events_there_are(
    bus: EventBus,
    listener: Listener,
    events: int,
    statements: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    bus.subscribe(listener.listen, "PayoutCreated")
    record(*[new_event(number) for number in range(events)])

    with django_assert_num_queries(statements):
        assert relay_events(bus) == events


@pytest.mark.django_db
def test_it_finds_events_by_their_ids_however_long_the_log_is() -> None:
    with connection.cursor() as cursor:
        cursor.execute(A_LONG_LOG)
        cursor.execute("ANALYZE events_event, events_pendingevent")
    plans: list[str] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001  Django's
        execute(f"EXPLAIN {sql}", params, many, context)
        plans.append("\n".join(line for (line,) in context["cursor"].fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        assert len(take_due_events(limit=1_000, lease_seconds=LEASE_SECONDS)) == 1_000

    (plan,) = plans
    assert "Index Cond: (id = taken.event_id)" in plan
    assert "Seq Scan on events_event" not in plan


@pytest.mark.django_db(transaction=True)
def test_it_has_no_transaction_open_while_a_handler_runs(bus: EventBus) -> None:
    open_transactions: list[bool] = []
    bus.subscribe(lambda _: open_transactions.append(connection.in_atomic_block), "PayoutCreated")
    record(new_event())
    relay_events(bus)

    assert open_transactions == [False]


@pytest.mark.django_db(transaction=True)
def test_it_never_sees_what_is_not_committed(bus: EventBus, listener: Listener) -> None:
    bus.subscribe(listener.listen, "PayoutCreated")

    def relay_elsewhere() -> int:
        try:
            return relay_events(bus)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as elsewhere:
        with transaction.atomic():
            record_events([new_event()])
            assert elsewhere.submit(relay_elsewhere).result() == 0
        assert elsewhere.submit(relay_elsewhere).result() == 1


@pytest.mark.django_db(transaction=True)
def test_it_shares_the_events_among_relays_without_taking_one_twice(bus: EventBus) -> None:
    relays, events = 4, 400
    heard: list[int] = []
    bus.subscribe(lambda batch: heard.extend(event.id for event in batch), "PayoutCreated")
    ids = record(*[new_event(number) for number in range(events)])
    start = threading.Barrier(relays)

    def relay_until_nothing_is_left(_: int) -> int:
        try:
            start.wait()
            taken = 0
            while count := relay_events(bus, batch_size=10):
                taken += count
            return taken
        finally:
            connection.close()

    with ThreadPoolExecutor(relays) as threads:
        taken = list(threads.map(relay_until_nothing_is_left, range(relays)))

    assert sum(taken) == events
    assert sorted(heard) == ids
    assert not PendingEvent.objects.exists()
    assert Event.objects.count() == events


@pytest.mark.django_db(transaction=True)
def test_it_passes_over_what_another_relay_is_taking_at_this_moment() -> None:
    first, second = record(new_event(1), new_event(2))

    def take_elsewhere() -> list[int]:
        try:
            return [event.id for event in take_due_events(limit=10, lease_seconds=LEASE_SECONDS)]
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as elsewhere, transaction.atomic():
        (mine,) = take_due_events(limit=1, lease_seconds=LEASE_SECONDS)
        assert mine.id == first
        assert elsewhere.submit(take_elsewhere).result(timeout=2) == [second]


@pytest.mark.django_db
def test_it_tells_observers_when_every_handler_has_taken_an_event(bus: EventBus, listener: Listener) -> None:
    observer = Listener()
    bus.subscribe(listener.listen, "PayoutCreated")
    bus.observe(observer.listen)
    created, failed = record(new_event(1), new_event(2, "PayoutFailed"))

    listener.is_failing = True
    relay_events(bus)
    assert observer.heard == [failed]

    listener.is_failing = False
    let_pass(LONGEST_DELAY)
    relay_events(bus)
    assert observer.heard == [failed, created]
    assert relay_events(bus) == 0
    assert len(observer.batches) == 2


@pytest.mark.django_db
def test_it_goes_on_without_an_observer_that_fails(bus: EventBus) -> None:
    broken, sound = Listener(), Listener()
    broken.is_failing = True
    for observer in (broken, sound):
        bus.observe(observer.listen)
    ids = record(new_event(1))

    relay_events(bus)
    assert (broken.heard, sound.heard) == (ids, ids)
    assert pending_ids() == []


@pytest.mark.django_db
def test_it_tells_how_long_ago_an_event_was_recorded(bus: EventBus) -> None:
    observer = Listener()
    bus.observe(observer.listen)
    record(new_event(1))
    time.sleep(0.3)
    relay_events(bus)
    ((event,),) = observer.batches
    assert 0.3 <= event.age_seconds < 30
