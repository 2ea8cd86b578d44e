"""The writers' door to settlements. The payout's row lock guards them: lock the payout first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payouts.domain.settlement import SettlementState
from payouts.models import Settlement
from payouts.refusals import SettlementNotFound
from payouts.repositories.payouts import lock_payouts

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime


def lock_settlement(*, organization_id: int, settlement_id: int) -> Settlement:
    """With its payout, locked, and its attempt as they are under that lock. Raises SettlementNotFound."""
    wanted = Settlement.objects.filter(organization_id=organization_id, pk=settlement_id)
    payouts = lock_payouts(wanted.values_list("payout_id", flat=True))
    settlement = wanted.select_related("attempt").first()
    if settlement is None:
        raise SettlementNotFound
    settlement.payout = payouts[settlement.payout_id]
    return settlement


def find_open_settlement(*, organization_id: int, payout_id: int) -> Settlement | None:
    return Settlement.objects.filter(
        organization_id=organization_id, payout_id=payout_id, state=SettlementState.PROPOSED.value
    ).first()


def add_settlement(settlement: Settlement) -> None:
    settlement.save(force_insert=True)


def decide_settlement(
    settlement: Settlement, state: SettlementState, *, by: str, reason: str, now: datetime
) -> None:
    settlement.state, settlement.decision_reason = state.value, reason
    settlement.decided_by, settlement.decided_at = by, now
    settlement.save(update_fields=["state", "decided_by", "decided_at", "decision_reason"])


def overtake_settlements(attempt_ids: Collection[int], *, by: str, now: datetime) -> dict[int, int]:
    """Close what is proposed about these attempts; the settlements' ids by those of the attempts."""
    proposed = Settlement.objects.filter(
        attempt_id__in=attempt_ids, state=SettlementState.PROPOSED.value
    ).values_list("attempt_id", "pk")
    overtaken = dict(proposed)
    if overtaken:
        Settlement.objects.filter(pk__in=overtaken.values()).update(
            state=SettlementState.OVERTAKEN.value, decided_by=by, decided_at=now
        )
    return overtaken
