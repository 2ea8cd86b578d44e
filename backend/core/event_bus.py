"""Who wants to hear of which event. Filled once at start by `infrastructure.apps`, read by the relay."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RecordedEvent:
    """One row of the event log, as handlers see it."""

    id: int
    organization_id: int
    type: str
    subject_type: str
    subject_id: int
    data: Mapping[str, Any]
    traceparent: str = ""
    age_seconds: float = 0.0
    """How long ago it had been recorded when the relay took it, by the database's clock."""


# Called with events of the subscribed types only, at least once each: a handler must be idempotent.
Handler = Callable[[Sequence[RecordedEvent]], None]
# Called with events that every handler has taken: of all relays by the one that has forgotten them, and never
# again. What it makes of them is lost when the process is killed in between.
Observer = Callable[[Sequence[RecordedEvent]], None]


class EventBus:
    def __init__(self) -> None:
        self._subscriptions: dict[Handler, frozenset[str]] = {}
        self.observers: list[Observer] = []

    def subscribe(self, handler: Handler, *event_types: str) -> None:
        """Deliver events of these types to the handler. Subscribing again replaces the types."""
        self._subscriptions[handler] = frozenset(event_types)

    def observe(self, observer: Observer) -> None:
        """Tell the observer of all events, once they are done with. Twice is once."""
        if observer not in self.observers:
            self.observers.append(observer)

    def deliveries(self, events: Sequence[RecordedEvent]) -> list[tuple[Handler, list[RecordedEvent]]]:
        """Each handler with those of the events that it asked for; handlers without any are left out."""
        routed = (
            (handler, [event for event in events if event.type in types])
            for handler, types in self._subscriptions.items()
        )
        return [(handler, wanted) for handler, wanted in routed if wanted]


event_bus = EventBus()
