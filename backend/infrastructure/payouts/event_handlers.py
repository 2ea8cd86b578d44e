"""What follows from events, all on one screen. Handlers may be called twice with the same event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infrastructure.payouts.cache import renew_list_version
from infrastructure.payouts.tasks import process_payouts
from payouts.domain.events import PayoutEvent
from payouts.rails import list_codes_of_automatic_rails

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.event_bus import EventBus, RecordedEvent

WORK_IS_DUE = (PayoutEvent.CREATED, PayoutEvent.RELEASED, PayoutEvent.RETRY_SCHEDULED)
LIST_HAS_CHANGED = tuple(PayoutEvent)


def subscribe_all(bus: EventBus) -> None:
    bus.subscribe(wake_workers_for, *WORK_IS_DUE)
    bus.subscribe(renew_list_versions, *LIST_HAS_CHANGED)


def wake_workers_for(events: Sequence[RecordedEvent]) -> None:
    """One wake-up for each rail, however many payouts are due on it."""
    concerned = {event.data["rail"] for event in events}
    for code in list_codes_of_automatic_rails():
        if code in concerned:
            process_payouts.delay(code)


def renew_list_versions(events: Sequence[RecordedEvent]) -> None:
    for organization_id in {event.organization_id for event in events}:
        renew_list_version(organization_id)
