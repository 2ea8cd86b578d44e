"""Counts what happened to payouts, as the relay has done with each event.

Each event is done with once, whichever relay it is: nothing is counted twice, not even while handlers fail
and events are handed over again. What a relay counted since it was last asked is lost with it, as ever; and
so is the batch in which it is killed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from django.conf import settings

from core.money import exponent_of
from infrastructure.metrics.measures import AMOUNT, COMPLETION_SECONDS, EVENTS, RELAY_LAG_SECONDS
from payouts.domain.events import PAYOUT, PayoutEvent
from payouts.domain.status import Stage, Status
from payouts.selectors import map_worth

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from core.event_bus import RecordedEvent
    from payouts.selectors import Worth

# With these a payout begins or comes to an end, and its money is counted.
_OF_MONEY = frozenset(
    {
        PayoutEvent.CREATED.value,
        PayoutEvent.COMPLETED.value,
        PayoutEvent.FAILED.value,
        PayoutEvent.RETURNED.value,
        PayoutEvent.CANCELED.value,
    }
)
_EVENTS, _STATUSES, _STAGES = (
    frozenset(word.value for word in words) for words in (PayoutEvent, Status, Stage)
)
_OTHER = "other"


def count_events(events: Sequence[RecordedEvent]) -> None:
    """An observer of the event bus."""
    for event in events:
        RELAY_LAG_SECONDS.observe(event.age_seconds)
    of_payouts = [event for event in events if event.subject_type == PAYOUT and event.type in _EVENTS]
    _count_moves(of_payouts)
    _count_money([event for event in of_payouts if event.type in _OF_MONEY])


def _count_moves(events: Sequence[RecordedEvent]) -> None:
    moves = Counter(
        (event.type, _rail_of(event), _known(event, "status", _STATUSES), _known(event, "stage", _STAGES))
        for event in events
    )
    for labels, count in moves.items():
        EVENTS.labels(*labels).inc(count)


def _count_money(events: Sequence[RecordedEvent]) -> None:
    if not events:
        return
    worth = map_worth(
        organization_ids={event.organization_id for event in events},
        payout_ids={event.subject_id for event in events},
    )
    sums: dict[tuple[str, str, str], int] = defaultdict(int)
    for event in events:
        if (found := worth.get(event.subject_id)) is not None:
            sums[event.type, _rail_of(event), found.currency] += found.amount_minor
            _time_completion(event, found)
    for (kind, rail, currency), amount_minor in sums.items():
        # A float, as all numbers of Prometheus are: for looking at, and no book-keeping.
        AMOUNT.labels(kind, rail, currency).inc(amount_minor / 10 ** exponent_of(currency))


def _time_completion(event: RecordedEvent, worth: Worth) -> None:
    if event.type == PayoutEvent.COMPLETED.value and worth.took_seconds is not None:
        COMPLETION_SECONDS.labels(_rail_of(event)).observe(worth.took_seconds)


def _rail_of(event: RecordedEvent) -> str:
    return _known(event, "rail", settings.PAYOUTS_RAILS)


def _known(event: RecordedEvent, name: str, words: Container[object]) -> str:
    """Another version of the code may have written what this one does not know."""
    word = event.data.get(name)
    return str(word) if word in words else _OTHER
