"""Hands recorded events to the handlers, at least once each, and forgets them when all have taken them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from core.crash_points import crash_points
from core.tracing import batch, step
from database.transactions import in_transaction
from events.repositories import delay_markers, discard_markers, take_due_events

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from core.event_bus import EventBus, Handler, RecordedEvent

log = structlog.get_logger(__name__)

BATCH_SIZE = 1_000
# Longer than all handlers of a batch may take together; what a killed relay held is due again after it.
LEASE_SECONDS = 15.0
# Short: handlers only talk to Redis, and work must go on soon after its return.
LONGEST_DELAY_SECONDS = 5.0
# Of a batch that a line of the log is about.
MOST_NAMED = 20
# What a trace is told of an event's data.
_TOLD = ("reference", "rail", "status", "stage", "attempt")


def relay_events(bus: EventBus, *, batch_size: int = BATCH_SIZE) -> int:
    """Hand over one batch of due events and return how many were taken.

    No transaction is open while the handlers run, since they talk to other servers: the batch is taken by
    lease. The events of a handler that fails are tried again later; the others are done.
    """
    events = _take(batch_size)
    if events:
        with batch("relay_events", events=len(events)):
            failed = _hand_over(bus, events)
            crash_points.reach("relay_events.handed_over")
            done = _settle(events, failed)
        _tell_observers(bus, [event for event in events if event.id in done])
    return len(events)


def _hand_over(bus: EventBus, events: Sequence[RecordedEvent]) -> set[int]:
    """To every handler that wants them; returns the ids of those that one of them could not take."""
    failed: set[int] = set()
    with step("relay") as relaying:
        for event in (event for event in events if event.traceparent):
            relaying.concern(event.traceparent, _facts_of(event), detail=event.type)
        for handler, wanted in bus.deliveries(events):
            if not _is_delivered(handler, wanted):
                failed.update(event.id for event in wanted)
    return failed


def _facts_of(event: RecordedEvent) -> dict[str, str | int]:
    known = {"event_id": event.id, "organization_id": event.organization_id}
    return known | {name: event.data[name] for name in _TOLD if name in event.data}


@in_transaction("take_events")
def _take(batch_size: int) -> list[RecordedEvent]:
    return take_due_events(limit=batch_size, lease_seconds=LEASE_SECONDS)


@in_transaction("settle_events")
def _settle(events: Sequence[RecordedEvent], failed: Collection[int]) -> set[int]:
    discarded = discard_markers([event.id for event in events if event.id not in failed])
    delay_markers(failed, longest_seconds=LONGEST_DELAY_SECONDS)
    return discarded


def _is_delivered(handler: Handler, events: Sequence[RecordedEvent]) -> bool:
    try:
        handler(events)
    except Exception:  # the edge of the relay: any failure of a handler delays its events, and only them
        log.exception(
            "event_handler_failed",
            handler=handler.__qualname__,
            events=len(events),
            references=[
                event.data["reference"] for event in events[:MOST_NAMED] if "reference" in event.data
            ],
        )
        return False
    return True


def _tell_observers(bus: EventBus, events: Sequence[RecordedEvent]) -> None:
    for observer in bus.observers if events else ():
        try:
            observer(events)
        except Exception:  # the edge of the relay: whoever only watches must not hold it up
            log.exception("event_observer_failed", observer=observer.__qualname__, events=len(events))
