"""Reads of settlements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payouts.domain.settlement import SettlementState
from payouts.models import Settlement

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from payouts.models import Payout


def list_settlements(organization_id: int) -> QuerySet[Settlement]:
    """With their payouts, the latest first."""
    return Settlement.objects.filter(organization_id=organization_id).select_related("payout").order_by("-pk")


def list_waiting_settlements(organization_id: int) -> QuerySet[Settlement]:
    """Those that a second person has to speak on, with their payouts, the latest first."""
    return list_settlements(organization_id).filter(state=SettlementState.PROPOSED.value)


def list_settlements_of(payout: Payout) -> QuerySet[Settlement]:
    """The latest first."""
    return list_settlements(payout.organization_id).filter(payout=payout)


def find_open_settlement(payout: Payout) -> Settlement | None:
    """What one person has proposed about the payout, and another is to approve."""
    return list_settlements_of(payout).filter(state=SettlementState.PROPOSED.value).first()
