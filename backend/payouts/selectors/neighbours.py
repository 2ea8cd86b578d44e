"""What stands beside a payout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import Value

from payouts.domain.status import Status
from payouts.selectors.payouts import payouts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from payouts.models import Payout

# What was asked for twice by mistake is asked for twice within a day.
_TWINS_WITHIN = timedelta(days=1)
_MOST_TWINS = 5
# To pay again what did not arrive is no mistake.
_NOT_ARRIVED = (Status.FAILED.value, Status.CANCELED.value, Status.RETURNED.value)
# To each side: of somebody who is paid every minute not the whole day is read.
_LOOKED_THROUGH = 100


@dataclass(frozen=True)
class Neighbours:
    """`twins` go under other keys to the same recipient, with the same amount, within a day of it."""

    previous: Payout | None
    following: Payout | None
    of_recipient: Sequence[Payout]
    twins: Sequence[Payout]


def list_neighbours(payout: Payout, *, most_of_recipient: int) -> Neighbours:
    """Of the same organization, in one query; the recipient's latest come first."""
    every = payouts_of(payout.organization_id)
    theirs = every.filter(recipient_id=payout.recipient_id).exclude(pk=payout.pk)
    parts = {
        "previous": every.filter(pk__lt=payout.pk).order_by("-pk")[:1],
        "following": every.filter(pk__gt=payout.pk).order_by("pk")[:1],
        "of_recipient": theirs.order_by("-pk")[:most_of_recipient],
        "twins": _twins_of(payout, theirs),
    }
    first, *others = (rows.annotate(part=Value(part)) for part, rows in parts.items())
    found: dict[str, list[Payout]] = {part: [] for part in parts}
    for row in first.union(*others, all=True).order_by("-pk"):
        found[row.part].append(row)
    return Neighbours(
        previous=next(iter(found["previous"]), None),
        following=next(iter(found["following"]), None),
        of_recipient=found["of_recipient"],
        twins=found["twins"],
    )


def _twins_of(payout: Payout, theirs: QuerySet[Payout]) -> QuerySet[Payout]:
    if payout.status in _NOT_ARRIVED:
        return theirs.none()
    before = theirs.filter(pk__lt=payout.pk).order_by("-pk").values("pk")[:_LOOKED_THROUGH]
    after = theirs.filter(pk__gt=payout.pk).order_by("pk").values("pk")[:_LOOKED_THROUGH]
    same = theirs.filter(
        pk__in=before.union(after, all=True),
        amount_minor=payout.amount_minor,
        currency=payout.currency,
        created_at__range=(payout.created_at - _TWINS_WITHIN, payout.created_at + _TWINS_WITHIN),
    )
    return same.exclude(status__in=_NOT_ARRIVED).order_by("-pk")[:_MOST_TWINS]
