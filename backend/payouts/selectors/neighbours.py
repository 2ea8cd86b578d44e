"""What stands beside a payout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from payouts.selectors.payouts import payouts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from payouts.models import Payout

# What was asked for twice by mistake is asked for twice within a day.
_TWINS_WITHIN = timedelta(days=1)
_MOST_TWINS = 5
# To each side: of somebody who is paid every minute not the whole day is read.
_LOOKED_THROUGH = 100


@dataclass(frozen=True)
class Neighbours:
    """`twins` went under other keys to the same recipient, with the same amount, within a day of it."""

    previous: Payout | None
    following: Payout | None
    of_recipient: Sequence[Payout]
    twins: Sequence[Payout]


def list_neighbours(payout: Payout, *, most_of_recipient: int) -> Neighbours:
    """Of the same organization, in the order in which they were made; the recipient's latest come first."""
    every = payouts_of(payout.organization_id)
    theirs = every.filter(recipient_id=payout.recipient_id).exclude(pk=payout.pk)
    return Neighbours(
        previous=every.filter(pk__lt=payout.pk).order_by("-pk").first(),
        following=every.filter(pk__gt=payout.pk).order_by("pk").first(),
        of_recipient=list(theirs.order_by("-pk")[:most_of_recipient]),
        twins=_list_twins(payout, theirs),
    )


def _list_twins(payout: Payout, theirs: QuerySet[Payout]) -> list[Payout]:
    before = theirs.filter(pk__lt=payout.pk).order_by("-pk").values("pk")[:_LOOKED_THROUGH]
    after = theirs.filter(pk__gt=payout.pk).order_by("pk").values("pk")[:_LOOKED_THROUGH]
    same = theirs.filter(
        pk__in=before.union(after, all=True),
        amount_minor=payout.amount_minor,
        currency=payout.currency,
        created_at__range=(payout.created_at - _TWINS_WITHIN, payout.created_at + _TWINS_WITHIN),
    )
    return list(same.order_by("-pk")[:_MOST_TWINS])
