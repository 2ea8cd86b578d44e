"""Reads of attempts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payouts.models import PayoutAttempt

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from payouts.models import Payout


def list_attempts(payout: Payout) -> QuerySet[PayoutAttempt]:
    """The first one first."""
    return PayoutAttempt.objects.filter(organization_id=payout.organization_id, payout=payout).order_by(
        "number"
    )
