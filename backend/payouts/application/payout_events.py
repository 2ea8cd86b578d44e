"""How payouts are told of in the event log: never with bank details."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.recorder import NewEvent
from payouts.domain.events import PAYOUT

if TYPE_CHECKING:
    from payouts.domain.events import PayoutEvent
    from payouts.models import Payout


def payout_event(
    payout: Payout, event: PayoutEvent, *, actor: str, status: str = "", stage: str = "", **data: object
) -> NewEvent:
    """An event of the payout; `status` and `stage` after it are given when the object has not got them."""
    return NewEvent(
        organization_id=payout.organization_id,
        type=event.value,
        subject_type=PAYOUT,
        subject_id=payout.pk,
        actor=actor,
        data={
            "reference": payout.reference,
            "rail": payout.rail,
            "status": status or payout.status,
            "stage": stage or payout.stage,
            **{name: value for name, value in data.items() if value not in (None, "")},
        },
        traceparent=payout.traceparent,
    )
