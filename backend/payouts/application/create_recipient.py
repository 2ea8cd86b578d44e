from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from access.scopes import Scope
from database.transactions import in_transaction
from events.recorder import record_events
from payouts.application.recipient_events import recipient_event
from payouts.domain.bank_identifiers import ensure_bank_details
from payouts.domain.events import RecipientEvent
from payouts.models import Recipient
from payouts.repositories.recipients import add_recipient

if TYPE_CHECKING:
    from access.caller import Caller
    from payouts.domain.recipient import RecipientDetails

log = structlog.get_logger(__name__)


@in_transaction("create_recipient")
def create_recipient(*, caller: Caller, details: RecipientDetails) -> Recipient:
    """Somebody new who can be paid from now on. Raises ScopeMissing or InvalidBankDetails."""
    caller.ensure_may(Scope.RECIPIENTS_WRITE)
    ensure_bank_details(
        account_number=details.account_number, bank_code=details.bank_code, country=details.country
    )
    recipient = add_recipient(
        Recipient(
            organization_id=caller.organization_id,
            type=details.type.value,
            name=details.name,
            account_number=details.account_number,
            bank_code=details.bank_code,
            country=details.country,
        )
    )
    record_events([recipient_event(recipient, RecipientEvent.CREATED, actor=caller.actor)])
    log.info(
        "recipient_created",
        recipient_id=recipient.pk,
        organization_id=recipient.organization_id,
        actor=caller.actor,
    )
    return recipient
