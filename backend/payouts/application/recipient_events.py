from __future__ import annotations

from typing import TYPE_CHECKING

from events.recorder import NewEvent
from payouts.domain.events import RECIPIENT

if TYPE_CHECKING:
    from payouts.domain.events import RecipientEvent
    from payouts.models import Recipient


def recipient_event(recipient: Recipient, event: RecipientEvent, *, actor: str, **data: object) -> NewEvent:
    return NewEvent(
        organization_id=recipient.organization_id,
        type=event.value,
        subject_type=RECIPIENT,
        subject_id=recipient.pk,
        actor=actor,
        data=data,
    )
