"""One page of the list of payouts: its rows, the ways on from it, and whether it holds all there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.timesince import timesince

from console.payouts.pills import Pill, pill_of
from payouts.selectors import find_payouts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from console.payouts.list_query import ListQuery
    from payouts.models import Payout

ROWS_ON_A_PAGE = 50


@dataclass(frozen=True)
class Row:
    payout: Payout
    pill: Pill
    amount: str
    age: str


@dataclass(frozen=True)
class ListPage:
    """`newer` and `older` are the addresses of the pages beside it, None where there is none.

    `is_cut_off`: only a part of the older payouts was looked through, and the older page goes on with it.
    `has_more_recipients`: more of them have such a name than were looked at.
    """

    rows: Sequence[Row] = ()
    newer: str | None = None
    older: str | None = None
    is_cut_off: bool = False
    has_more_recipients: bool = False


def make_page(query: ListQuery, *, organization_id: int, now: datetime) -> ListPage:
    """Nothing for a query that was not understood."""
    if query.problems:
        return ListPage()
    found = find_payouts(
        organization_id=organization_id,
        filters=query.filters,
        text=query.text,
        after=query.after,
        size=ROWS_ON_A_PAGE,
    )
    return ListPage(
        rows=[_row(payout, now) for payout in found.payouts],
        newer=query.address_of_newer if query.after else None,
        older=query.address_of_older(found.after) if found.after else None,
        is_cut_off=found.is_cut_off,
        has_more_recipients=found.has_more_recipients,
    )


def find_single(query: ListQuery, page: ListPage) -> Payout | None:
    """The payout that the text names, when it is the only one found: the operator wants to see it itself."""
    if len(page.rows) != 1 or query.after is not None:
        return None
    payout, text = page.rows[0].payout, query.text
    is_named = text in {str(payout.pk), payout.idempotency_key} or payout.reference in text.upper()
    return payout if is_named else None


def _row(payout: Payout, now: datetime) -> Row:
    return Row(
        payout=payout,
        pill=pill_of(payout.status, payout.stage),
        amount=payout.money.amount,
        age=timesince(payout.created_at, now, depth=1),
    )
