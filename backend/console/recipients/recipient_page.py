"""What the page of a recipient shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from console.frame.callers import operator_of
from console.frame.dialogs import offers
from console.payouts.pills import pill_of
from console.recipients.dialogs import REVEAL
from console.recipients.recipient_history import line_of
from events.selectors import list_events_of
from payouts.bank_details import shown_account_number
from payouts.domain.events import RECIPIENT
from payouts.selectors import PayoutFilters, list_payouts, list_possible_duplicates

if TYPE_CHECKING:
    from django.http import HttpRequest

    from payouts.models import Recipient

MOST_PAYOUTS = 20
MOST_EVENTS = 50


def recipient_page(request: HttpRequest, admin: Any, recipient: Recipient) -> dict[str, Any]:
    may = operator_of(request).has_perm
    return {
        "title": recipient.name,
        "recipient": recipient,
        "account_number": shown_account_number(recipient, "account_number"),
        "reveal_url": _address("reveal", recipient) if may(REVEAL) else "",
        "offers": offers(request, admin, recipient),
        "duplicates": [(pk, _address("change", pk)) for pk in list_possible_duplicates(recipient)],
        "payouts": _latest_payouts(recipient) if may("payouts.view_payout") else None,
        **_history(recipient),
        "may_see_events": may("events.view_event"),
    }


def _address(page: str, recipient: Recipient | int) -> str:
    recipient_id = recipient if isinstance(recipient, int) else recipient.pk
    return reverse(f"admin:payouts_recipient_{page}", args=[recipient_id])


def _latest_payouts(recipient: Recipient) -> dict[str, Any]:
    """One more than is shown is read: so it is known whether there are others."""
    theirs = list_payouts(
        organization_id=recipient.organization_id, filters=PayoutFilters(recipient_id=recipient.pk)
    )
    latest = list(theirs.order_by("-pk")[: MOST_PAYOUTS + 1])
    rows = [(payout, pill_of(payout.status, payout.stage)) for payout in latest[:MOST_PAYOUTS]]
    return {"rows": rows, "is_more": len(latest) > MOST_PAYOUTS}


def _history(recipient: Recipient) -> dict[str, Any]:
    events = list_events_of(
        organization_id=recipient.organization_id, subject_type=RECIPIENT, subject_id=recipient.pk
    )
    latest = list(events.order_by("-id")[: MOST_EVENTS + 1])
    return {
        "history": [line_of(event) for event in latest[:MOST_EVENTS]],
        "is_history_cut": len(latest) > MOST_EVENTS,
    }
