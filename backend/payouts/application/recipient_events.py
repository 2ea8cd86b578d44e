from __future__ import annotations

from typing import TYPE_CHECKING

from events.recorder import NewEvent
from payouts.bank_details import shown_account_number
from payouts.domain.events import RECIPIENT

if TYPE_CHECKING:
    from payouts.domain.events import AccountEvent, RecipientEvent
    from payouts.models import Recipient


BANK_DETAILS = frozenset({"account_number", "bank_code", "country"})


def recipient_event(
    recipient: Recipient, event: RecipientEvent | AccountEvent, *, actor: str, **data: object
) -> NewEvent:
    return NewEvent(
        organization_id=recipient.organization_id,
        type=event.value,
        subject_type=RECIPIENT,
        subject_id=recipient.pk,
        actor=actor,
        data=data,
    )


def bank_details_of(recipient: Recipient) -> dict[str, str]:
    """As the event log may keep them: the account number masked."""
    return {
        "account_number": shown_account_number(recipient, "account_number"),
        "bank_code": recipient.bank_code,
        "country": recipient.country,
    }
