from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from access.scopes import Scope
from database.transactions import in_transaction
from events.recorder import record_events
from payouts.application.recipient_events import recipient_event
from payouts.application.set_aside import release_payouts_of, set_aside_payouts_of
from payouts.domain.events import RecipientEvent
from payouts.repositories.recipients import lock_recipient, save_recipient

if TYPE_CHECKING:
    from datetime import datetime

    from access.caller import Caller
    from payouts.domain.recipient import RecipientChanges
    from payouts.models import Recipient

log = structlog.get_logger(__name__)


@in_transaction("update_recipient")
def update_recipient(
    *, caller: Caller, recipient_id: int, changes: RecipientChanges, now: datetime
) -> Recipient:
    """Change a recipient for payouts to come; existing ones keep their snapshots.

    Deactivating holds every payout that waits to be sent, and activating releases those again.
    Raises ScopeMissing or RecipientNotFound.
    """
    caller.ensure_may(Scope.RECIPIENTS_WRITE)
    recipient = lock_recipient(organization_id=caller.organization_id, recipient_id=recipient_id)
    changed = [name for name, value in changes.given().items() if getattr(recipient, name) != value]
    if not changed:
        return recipient
    for name in changed:
        setattr(recipient, name, changes.given()[name])
    save_recipient(recipient, fields=changed)
    record_events([recipient_event(recipient, RecipientEvent.CHANGED, actor=caller.actor, fields=changed)])
    if "is_active" in changed:
        _hold_or_release(recipient, actor=caller.actor, now=now)
    log.info("recipient_changed", recipient_id=recipient.pk, fields=changed, actor=caller.actor)
    return recipient


def _hold_or_release(recipient: Recipient, *, actor: str, now: datetime) -> None:
    if recipient.is_active:
        release_payouts_of(recipient, actor=actor, now=now)
    else:
        set_aside_payouts_of(recipient, actor=actor)
