"""All that a payout's page shows, read in as many queries however long its history is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import reverse

from console.frame.callers import operator_of
from console.frame.dialogs import offers
from console.payouts.actor_words import words_of_actor
from console.payouts.attempt_block import block_of
from console.payouts.pills import pill_of
from console.payouts.proposal import proposal_of
from console.payouts.recipient_comparison import compare_recipient
from console.payouts.reveal import Reveal
from console.payouts.settlement_dialogs import find_proposed
from console.payouts.timeline import happening_of
from console.payouts.why import why_of
from payouts.bank_details import shown_account_number
from payouts.domain.events import PayoutEvent
from payouts.models import Settlement
from payouts.selectors import list_latest_events, list_neighbours, load_attempts_and_settlements

if TYPE_CHECKING:
    from typing import Any as Admin

    from django.http import HttpRequest

    from console.payouts.proposal import Proposal
    from payouts.models import Payout

MOST_EVENTS = 200
_MOST_OF_RECIPIENT = 5


def page_of(request: HttpRequest, admin: Admin, payout: Payout) -> dict[str, Any]:
    """Needs the payout with its recipient and its organization."""
    load_attempts_and_settlements(payout)
    return {
        "title": f"{payout.money.amount} {payout.currency}, {payout.reference}",
        "payout": payout,
        "pill": pill_of(payout.status, payout.stage),
        "why": why_of(payout),
        "offers": offers(request, admin, payout),
        "proposal": _proposal(request, admin, payout),
        "created_by": words_of_actor(payout.created_by),
        "account_number": shown_account_number(payout, "account_number_snapshot"),
        "reveal_url": _reveal_url(request, payout),
        "recipient_rows": compare_recipient(payout),
        "attempts": [block_of(attempt, payout) for attempt in reversed(payout.attempts.all())],
        **_history(payout),
        **_neighbours(payout),
    }


def _proposal(request: HttpRequest, admin: Admin, payout: Payout) -> Proposal | None:
    settlement = find_proposed(payout)
    if settlement is None:
        return None
    return proposal_of(request, admin.admin_site.get_model_admin(Settlement), settlement)


def _reveal_url(request: HttpRequest, payout: Payout) -> str:
    """Empty for those who may not."""
    if not operator_of(request).has_perm(Reveal.permission):
        return ""
    return reverse("admin:payouts_payout_reveal", args=[payout.pk])


def _history(payout: Payout) -> dict[str, Any]:
    events = list_latest_events(payout, most=MOST_EVENTS)
    shown = events[-MOST_EVENTS:]
    return {
        "happenings": [happening_of(event) for event in shown],
        "most_events": MOST_EVENTS if len(events) > MOST_EVENTS else None,
        "is_contradicted": any(event.type == PayoutEvent.OUTCOME_CONTRADICTED.value for event in shown),
        "raw_events": [_raw(event) for event in shown],
    }


def _raw(event: Any) -> dict[str, Any]:
    names = ("id", "type", "occurred_at", "actor", "request_id", "data")
    return {name: getattr(event, name) for name in names}


def _neighbours(payout: Payout) -> dict[str, Any]:
    neighbours = list_neighbours(payout, most_of_recipient=_MOST_OF_RECIPIENT)
    return {
        "previous": neighbours.previous,
        "following": neighbours.following,
        "of_recipient": [_with_pill(other) for other in neighbours.of_recipient],
        "twins": [_with_pill(other) for other in neighbours.twins],
    }


def _with_pill(payout: Payout) -> dict[str, Any]:
    return {"payout": payout, "pill": pill_of(payout.status, payout.stage)}
