from __future__ import annotations

from typing import TYPE_CHECKING

from core.event_bus import EventBus, RecordedEvent

if TYPE_CHECKING:
    from collections.abc import Sequence


def an_event(number: int, event_type: str) -> RecordedEvent:
    return RecordedEvent(number, 1, event_type, "payout", number, {})


def first(events: Sequence[RecordedEvent]) -> None: ...


def second(events: Sequence[RecordedEvent]) -> None: ...


CREATED, FAILED, CANCELED = an_event(1, "Created"), an_event(2, "Failed"), an_event(3, "Canceled")


def test_it_gives_each_handler_the_events_it_asked_for_in_their_order() -> None:
    bus = EventBus()
    bus.subscribe(first, "Created", "Failed")
    bus.subscribe(second, "Failed")

    assert bus.deliveries([CREATED, FAILED, CANCELED]) == [(first, [CREATED, FAILED]), (second, [FAILED])]


def test_it_leaves_out_a_handler_for_which_there_is_nothing() -> None:
    bus = EventBus()
    bus.subscribe(first, "Created")

    assert bus.deliveries([CANCELED]) == []
    assert bus.deliveries([]) == []


def test_it_replaces_the_types_of_a_handler_that_subscribes_again() -> None:
    bus = EventBus()
    bus.subscribe(first, "Created")
    bus.subscribe(first, "Failed")

    assert bus.deliveries([CREATED, FAILED]) == [(first, [FAILED])]


def test_it_tells_each_observer_once_however_often_it_asks() -> None:
    bus = EventBus()
    for observer in (first, second, first):
        bus.observe(observer)
    assert bus.observers == [first, second]
