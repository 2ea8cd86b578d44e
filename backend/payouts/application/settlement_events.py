from __future__ import annotations

from typing import TYPE_CHECKING

from payouts.application.payout_events import payout_event

if TYPE_CHECKING:
    from events.recorder import NewEvent
    from payouts.domain.events import PayoutEvent
    from payouts.models import Payout, Settlement


def settlement_event(settlement: Settlement, payout: Payout, event: PayoutEvent, *, actor: str) -> NewEvent:
    """What one person has said, and what another has said to it."""
    return payout_event(
        payout,
        event,
        actor=actor,
        reason=settlement.decision_reason or settlement.reason,
        settlement=settlement.pk,
        verdict=settlement.verdict,
        attempt=settlement.attempt.number,
        evidence=words_of(settlement),
    )


def words_of(settlement: Settlement) -> dict[str, str]:
    """Who has said what of the attempt, as its evidence keeps it."""
    words = {
        "settled_by": settlement.proposed_by,
        "reason": settlement.reason,
        "evidence": settlement.evidence,
    }
    if settlement.needs_two_people and settlement.decided_by:
        words |= {"decided_by": settlement.decided_by, "decision_reason": settlement.decision_reason}
    return words
