"""Whose account a number is. Whoever asks knows the number, and is told no other one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from access.scopes import Scope
from database.transactions import in_transaction
from events.recorder import record_events
from payouts.application.recipient_events import recipient_event
from payouts.domain.events import AccountEvent
from payouts.selectors import list_recipients_with_account

if TYPE_CHECKING:
    from access.caller import Caller
    from payouts.models import Recipient

log = structlog.get_logger(__name__)

MOST_FOUND = 50


def find_recipients_by_account(*, caller: Caller, account_number: str) -> list[Recipient]:
    """The newest recipients of the organization with this account number, at most fifty.

    It takes the right to see account numbers, and leaves an event with each recipient that was found: with
    enough tries anybody could find what a masked number hides.
    Raises ScopeMissing.
    """
    caller.ensure_may(Scope.BANK_DETAILS_REVEAL)
    same = list_recipients_with_account(organization_id=caller.organization_id, account_number=account_number)
    found = list(same.order_by("-pk")[:MOST_FOUND])
    if found:
        _record(found, actor=caller.actor)
    about = {"organization_id": caller.organization_id, "actor": caller.actor}
    log.info("account_number_searched", found=len(found), **about)
    return found


@in_transaction("find_recipients_by_account", durable=True)
def _record(found: list[Recipient], *, actor: str) -> None:
    """Durable: inside another transaction they would be shown before their events are kept."""
    record_events([recipient_event(each, AccountEvent.NUMBER_SEARCHED, actor=actor) for each in found])
