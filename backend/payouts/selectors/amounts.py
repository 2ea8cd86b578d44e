"""What payouts are worth, for those who add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payouts.models import Payout

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import timedelta


@dataclass(frozen=True)
class Worth:
    """`took`: from creation to completion; None while it is not, or was not, completed."""

    amount_minor: int
    currency: str
    took: timedelta | None


def map_worth(*, organization_ids: Collection[int], payout_ids: Collection[int]) -> dict[int, Worth]:
    """By the payout's id, those that are there; in one statement, by the primary key."""
    rows = Payout.objects.filter(organization_id__in=organization_ids, pk__in=payout_ids).values_list(
        "pk", "amount_minor", "currency", "created_at", "completed_at"
    )
    return {
        pk: Worth(amount, currency, None if completed_at is None else completed_at - created_at)
        for pk, amount, currency, created_at, completed_at in rows
    }
