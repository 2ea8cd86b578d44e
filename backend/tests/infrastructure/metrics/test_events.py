from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.event_bus import EventBus, RecordedEvent, event_bus
from core.money import Money
from events.models import PendingEvent
from events.relay import relay_events
from infrastructure.metrics.events import count_events
from payouts.models import Payout
from tests.events.event_rows import let_pass, new_event, record
from tests.factories import make_payout
from tests.infrastructure.metrics.counted import Rise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_django import DjangoAssertNumQueries

    from payouts.models import Recipient

EVENTS, AMOUNT, LAG = "payouts_events_total", "payouts_amount_total", "payouts_relay_lag_seconds"
CREATED = {"event": "PayoutCreated", "rail": "sandbox"}


@pytest.fixture
def bus(recipient: Recipient) -> EventBus:  # noqa: ARG001  what happened to others is done with
    relay_events(EventBus())
    counting = EventBus()
    counting.observe(count_events)
    return counting


def test_it_is_told_by_the_service_s_own_bus() -> None:
    assert count_events in event_bus.observers


@pytest.mark.django_db
def test_it_counts_what_happened_and_the_money_in_major_units(bus: EventBus, recipient: Recipient) -> None:
    make_payout(recipient, money=Money(10_050, "EUR"))
    make_payout(recipient, money=Money(1, "EUR"))
    make_payout(recipient, money=Money(1_234, "JPY"))
    make_payout(recipient, money=Money(1_234, "KWD"))
    rise = Rise()
    relay_events(bus)

    assert rise.of(EVENTS, **CREATED, status="NEW", stage="ready") == 4
    assert rise.of(AMOUNT, **CREATED, currency="EUR") == pytest.approx(100.51)
    assert rise.of(AMOUNT, **CREATED, currency="JPY") == 1_234
    assert rise.of(AMOUNT, **CREATED, currency="KWD") == pytest.approx(1.234)


@pytest.mark.django_db
def test_it_times_what_was_completed(bus: EventBus, recipient: Recipient) -> None:
    payout = make_payout(recipient)
    relay_events(bus)
    Payout.objects.filter(pk=payout.pk).update(
        status="PROCESSING", stage="sending", next_run_at=None, attempts_made=1
    )
    Payout.objects.filter(pk=payout.pk).update(
        status="COMPLETED", stage="confirmed", completed_at=payout.created_at + timedelta(seconds=42)
    )
    facts = {"rail": "sandbox", "status": "COMPLETED", "stage": "confirmed"}
    record(new_event(payout.pk, "PayoutCompleted", organization_id=payout.organization_id, data=facts))
    rise = Rise()
    relay_events(bus)

    assert rise.of("payouts_completion_seconds_sum", rail="sandbox") == pytest.approx(42)
    assert rise.of(AMOUNT, event="PayoutCompleted", rail="sandbox", currency="USD") == pytest.approx(100.5)


@pytest.mark.django_db
def test_it_counts_once_what_is_handed_over_again_and_again(bus: EventBus, recipient: Recipient) -> None:
    is_redis_away = True

    def handle(_events: Sequence[RecordedEvent]) -> None:
        if is_redis_away:
            raise ConnectionError

    bus.subscribe(handle, "PayoutCreated")
    make_payout(recipient)
    rise = Rise()
    for _ in range(3):
        assert relay_events(bus) == 1
        let_pass(timedelta(seconds=30))
    assert rise.of(EVENTS, **CREATED, status="NEW", stage="ready") == 0

    is_redis_away = False
    relay_events(bus)
    assert rise.of(EVENTS, **CREATED, status="NEW", stage="ready") == 1
    assert rise.of(f"{LAG}_count") == 1


@pytest.mark.django_db
def test_it_counts_nothing_that_another_relay_has_done_with(bus: EventBus, recipient: Recipient) -> None:
    def lose_the_race(_events: Sequence[RecordedEvent]) -> None:
        PendingEvent.objects.all().delete()

    bus.subscribe(lose_the_race, "PayoutCreated")
    make_payout(recipient)
    rise = Rise()
    assert relay_events(bus) == 1
    assert rise.of(EVENTS, **CREATED, status="NEW", stage="ready") == 0


@pytest.mark.django_db
def test_it_costs_the_relay_one_statement_for_a_batch_with_money_and_none_without(
    recipient: Recipient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    payouts = [make_payout(recipient) for _ in range(5)]
    facts = {"rail": "sandbox", "status": "NEW", "stage": "ready"}

    def event(number: int, kind: str) -> RecordedEvent:
        payout = payouts[number]
        return RecordedEvent(
            number, payout.organization_id, kind, "payout", payout.pk, facts, age_seconds=0.1
        )

    with django_assert_num_queries(1):
        count_events([event(number, "PayoutCreated") for number in range(5)])
    with django_assert_num_queries(0):
        count_events([event(number, "PayoutSending") for number in range(5)])


@pytest.mark.django_db
def test_it_has_one_word_for_all_that_it_does_not_know() -> None:
    rise = Rise()
    strange = {"rail": "UA1234567890", "status": "PAID", "stage": "John Doe"}
    count_events(
        [
            RecordedEvent(1, 1, "PayoutSending", "payout", 1, strange, age_seconds=0.0),
            RecordedEvent(2, 1, "PayoutSending", "payout", 1, {}, age_seconds=0.0),
            RecordedEvent(3, 1, "UA1234567890", "payout", 1, strange, age_seconds=0.0),
            RecordedEvent(4, 1, "RecipientChanged", "recipient", 1, {}, age_seconds=0.0),
        ]
    )
    assert rise.of(EVENTS, event="PayoutSending", rail="other", status="other", stage="other") == 2
    assert rise.of(f"{LAG}_count") == 4
