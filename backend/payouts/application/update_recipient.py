from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from access.scopes import Scope
from core.encryption import Unreadable
from database.transactions import in_transaction
from events.recorder import record_events
from payouts.application.recipient_events import BANK_DETAILS, bank_details_of, recipient_event
from payouts.application.set_aside import release_payouts_of, set_aside_payouts_of
from payouts.bank_details import read_account_number
from payouts.domain.bank_identifiers import ensure_bank_details
from payouts.domain.events import RecipientEvent
from payouts.domain.words import ensure_reason
from payouts.repositories.recipients import lock_recipient, save_recipient

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from access.caller import Caller
    from events.recorder import NewEvent
    from payouts.domain.recipient import RecipientChanges
    from payouts.models import Recipient

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class UpdatedRecipient:
    """`payouts_moved` were held because the recipient was deactivated, or released in the opposite case."""

    recipient: Recipient
    changed: tuple[str, ...] = ()
    payouts_moved: int = 0


@in_transaction("update_recipient")
def update_recipient(
    *, caller: Caller, recipient_id: int, changes: RecipientChanges, reason: str = "", now: datetime
) -> UpdatedRecipient:
    """Change a recipient for payouts to come; existing ones keep their snapshots.

    The event tells bank details before and after, the account number masked, and a person's reason.
    Deactivating holds every payout that waits to be sent, and activating releases those again.
    Raises ScopeMissing, UnusableWords, RecipientNotFound, InvalidBankDetails or AccountNumberUnreadable.
    """
    caller.ensure_may(Scope.RECIPIENTS_WRITE)
    if reason:
        ensure_reason(reason)
    recipient = lock_recipient(organization_id=caller.organization_id, recipient_id=recipient_id)
    changed = [name for name, value in changes.given().items() if _differs(recipient, name, value)]
    if not changed:
        return UpdatedRecipient(recipient)
    before = bank_details_of(recipient)
    for name in changed:
        setattr(recipient, name, changes.given()[name])
    if not BANK_DETAILS.isdisjoint(changed):
        _ensure_bank_details_of(recipient)
    save_recipient(recipient, fields=changed)
    record_events([_changed_event(recipient, changed, before, actor=caller.actor, reason=reason)])
    moved = _hold_or_release(recipient, actor=caller.actor, now=now) if "is_active" in changed else 0
    log.info(
        "recipient_changed",
        recipient_id=recipient.pk,
        organization_id=recipient.organization_id,
        fields=changed,
        actor=caller.actor,
    )
    return UpdatedRecipient(recipient, tuple(changed), moved)


def _ensure_bank_details_of(recipient: Recipient) -> None:
    ensure_bank_details(
        account_number=read_account_number(recipient, "account_number"),
        bank_code=recipient.bank_code,
        country=recipient.country,
    )


def _differs(recipient: Recipient, name: str, value: object) -> bool:
    try:
        return bool(getattr(recipient, name) != value)
    except Unreadable:  # whatever it was, it is being replaced
        return True


def _changed_event(
    recipient: Recipient, changed: list[str], before: Mapping[str, str], *, actor: str, reason: str
) -> NewEvent:
    """Which fields changed, and for bank details from what to what: a thief's first move is a new account."""
    after = bank_details_of(recipient)
    moved = {name: {"before": before[name], "after": after[name]} for name in changed if name in after}
    told: dict[str, object] = {"bank_details": moved} if moved else {}
    if "is_active" in changed:
        told["is_active"] = recipient.is_active
    if reason:
        told["reason"] = reason
    return recipient_event(recipient, RecipientEvent.CHANGED, actor=actor, fields=changed, **told)


def _hold_or_release(recipient: Recipient, *, actor: str, now: datetime) -> int:
    if recipient.is_active:
        return release_payouts_of(recipient, actor=actor, now=now)
    return set_aside_payouts_of(recipient, actor=actor)
