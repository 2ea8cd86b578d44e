"""One account number in full, for one person with a reason. The log of who has seen it comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from access.scopes import Scope
from database.transactions import in_transaction
from events.recorder import NewEvent, record_events
from payouts.bank_details import read_account_number
from payouts.domain.events import PAYOUT, RECIPIENT, AccountEvent
from payouts.domain.words import ensure_reason
from payouts.models import Payout
from payouts.selectors import get_payout, get_recipient

if TYPE_CHECKING:
    from access.caller import Caller
    from payouts.models import Recipient

log = structlog.get_logger(__name__)


def reveal_payout_account_number(*, caller: Caller, payout_id: int, reason: str) -> str:
    """The account number that the payout goes to, as it was when the payout was made.

    Raises ScopeMissing, UnusableWords, PayoutNotFound or AccountNumberUnreadable.
    """
    _ensure_may_reveal(caller, reason)
    payout = get_payout(organization_id=caller.organization_id, payout_id=payout_id)
    return _reveal(payout, "account_number_snapshot", subject=PAYOUT, actor=caller.actor, reason=reason)


def reveal_recipient_account_number(*, caller: Caller, recipient_id: int, reason: str) -> str:
    """The account number that the recipient has now.

    Raises ScopeMissing, UnusableWords, RecipientNotFound or AccountNumberUnreadable.
    """
    _ensure_may_reveal(caller, reason)
    recipient = get_recipient(organization_id=caller.organization_id, recipient_id=recipient_id)
    return _reveal(recipient, "account_number", subject=RECIPIENT, actor=caller.actor, reason=reason)


def _ensure_may_reveal(caller: Caller, reason: str) -> None:
    caller.ensure_may(Scope.BANK_DETAILS_REVEAL)
    ensure_reason(reason)


def _reveal(row: Payout | Recipient, name: str, *, subject: str, actor: str, reason: str) -> str:
    account_number = read_account_number(row, name)
    _record(
        NewEvent(
            organization_id=row.organization_id,
            type=AccountEvent.NUMBER_REVEALED.value,
            subject_type=subject,
            subject_id=row.pk,
            actor=actor,
            data={"reason": reason},
        )
    )
    reference = row.reference if isinstance(row, Payout) else None
    about = {"organization_id": row.organization_id, "reference": reference, "actor": actor}
    log.info("account_number_revealed", subject=subject, subject_id=row.pk, **about)
    return account_number


@in_transaction("reveal_account_number", durable=True)
def _record(event: NewEvent) -> None:
    """Durable: inside another transaction the number would be shown before its event is kept."""
    record_events([event])
