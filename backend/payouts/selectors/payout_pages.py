"""The operators' list of payouts: newest first, by position, and never counted.

Whatever is filtered by, a page is found within the same time: by an index where the filter has one of its
own, and otherwise by looking through a window of the newest payouts, in an index that holds all that is
filtered by. Who finds too little in it goes on with the next window.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db.models import Q

from database.positions import Position, behind, down_to, end_of_window, newest_first
from payouts.domain.status import STAGES_OF_PEOPLE
from payouts.selectors.payout_filters import condition_of
from payouts.selectors.payout_search import search
from payouts.selectors.payouts import payouts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from payouts.models import Payout
    from payouts.selectors.payout_filters import PayoutFilters

WINDOW = 100_000
# Metadata is in no index, so that the table itself is read.
WINDOW_FOR_METADATA = 20_000
_TIME = "created_at"


@dataclass(frozen=True)
class PayoutPage:
    """`after`: where to go on; None when this is the end.

    `is_cut_off`: the page is not full since the whole window was looked through; there may be others behind
    `after`. `has_more_recipients`: the text fits more recipients than were looked at.
    """

    payouts: Sequence[Payout]
    after: Position | None = None
    is_cut_off: bool = False
    has_more_recipients: bool = False


def find_payouts(
    *,
    organization_id: int,
    filters: PayoutFilters,
    text: str = "",
    after: Position | None = None,
    size: int = 50,
    window: int = WINDOW,
) -> PayoutPage:
    """One page of what meets the filters and fits the text, if there is one. In at most five statements."""
    payouts = payouts_of(organization_id)
    if not text.strip():
        recipient_ids = [] if filters.recipient_id is None else [filters.recipient_id]
        return _find(payouts, filters, recipient_ids, after, size, window)
    sought = search(organization_id=organization_id, text=text)
    if sought.payout_ids:
        return _page(payouts, payouts.filter(condition_of(filters), pk__in=sought.payout_ids), after, size)
    if not sought.recipient_ids:
        return PayoutPage(())
    page = _find(payouts, filters, sought.recipient_ids, after, size, window)
    return replace(page, has_more_recipients=sought.has_more)


def _find(
    payouts: QuerySet[Payout],
    filters: PayoutFilters,
    recipient_ids: Sequence[int],
    after: Position | None,
    size: int,
    window: int,
) -> PayoutPage:
    wanted = payouts.filter(condition_of(filters))
    if not _is_looked_for(filters):
        if recipient_ids:
            return _newest_of_each(payouts, wanted, recipient_ids, after, size)
        return _page(payouts, wanted, after, size)
    if recipient_ids:
        wanted = wanted.filter(recipient_id__in=recipient_ids)
    window = min(window, WINDOW_FOR_METADATA) if filters.metadata else window
    end = end_of_window(behind(payouts.filter(_time_of(filters)), after, _TIME), _TIME, size=window)
    if end is None:
        return _page(payouts, wanted, after, size)
    page = _page(payouts, down_to(wanted, end, _TIME), after, size)
    return page if page.after else replace(page, after=end, is_cut_off=True)


def _is_looked_for(filters: PayoutFilters) -> bool:
    """Whether payouts have to be looked through, since no index has these alone."""
    if filters.reference or filters.idempotency_key or filters.stage in STAGES_OF_PEOPLE:
        return False
    return bool(
        filters.statuses
        or filters.stage
        or filters.currency
        or filters.rail
        or filters.metadata
        or filters.amount_from is not None
        or filters.amount_to is not None
    )


def _page(
    all_payouts: QuerySet[Payout], wanted: QuerySet[Payout], after: Position | None, size: int
) -> PayoutPage:
    """Finds ids first: they and what is filtered by are all in one index, which is read without the table."""
    ids = newest_first(behind(wanted, after, _TIME), _TIME).values_list("pk", flat=True)
    return _load(all_payouts, list(ids[: size + 1]), size)


def _load(all_payouts: QuerySet[Payout], ids: Sequence[int], size: int) -> PayoutPage:
    """The payouts with these ids, in their order; one id more than the size tells of a page behind."""
    rows = all_payouts.in_bulk(ids[:size])
    payouts = [rows[payout_id] for payout_id in ids[:size] if payout_id in rows]
    if len(ids) <= size or not payouts:
        return PayoutPage(payouts)
    return PayoutPage(payouts, Position(payouts[-1].created_at, payouts[-1].pk))


def _newest_of_each(
    all_payouts: QuerySet[Payout],
    wanted: QuerySet[Payout],
    recipient_ids: Sequence[int],
    after: Position | None,
    size: int,
) -> PayoutPage:
    """By id: each recipient's are looked up in the order of an index, and the newest of all are taken."""
    older = wanted.filter(pk__lt=after.row_id) if after else wanted
    each = [
        older.filter(recipient_id=recipient_id).order_by("-pk").values_list("pk")[: size + 1]
        for recipient_id in recipient_ids
    ]
    newest = each[0] if len(each) == 1 else each[0].union(*each[1:], all=True).order_by("-pk")[: size + 1]
    return _load(all_payouts, [payout_id for (payout_id,) in newest], size)


def _time_of(filters: PayoutFilters) -> Q:
    condition = Q()
    if filters.created_from is not None:
        condition &= Q(created_at__gte=filters.created_from)
    if filters.created_to is not None:
        condition &= Q(created_at__lte=filters.created_to)
    return condition
