from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from access.caller import ScopeMissing
from access.scopes import Scope
from database.transactions import in_transaction
from events.recorder import record_events
from payouts.application.naming import naming
from payouts.application.settlement_events import settlement_event
from payouts.domain.events import PayoutEvent
from payouts.domain.settlement import SettlementState, ensure_proposed
from payouts.domain.words import ensure_reason
from payouts.repositories.settlements import decide_settlement, lock_settlement

if TYPE_CHECKING:
    from datetime import datetime

    from access.caller import Caller
    from payouts.models import Settlement

log = structlog.get_logger(__name__)


@in_transaction("refuse_settlement")
def refuse_settlement(*, caller: Caller, settlement_id: int, reason: str, now: datetime) -> Settlement:
    """Close a proposal; the payout stays as it is. Whoever has proposed it may take it back this way.

    Raises ScopeMissing, UnusableWords, SettlementNotFound, SettlementIsDecided or SettlementOvertaken.
    """
    if not caller.may(Scope.PAYOUTS_APPROVE):
        caller.ensure_may(Scope.PAYOUTS_ADMIN)
    ensure_reason(reason)
    settlement = lock_settlement(organization_id=caller.organization_id, settlement_id=settlement_id)
    if caller.actor != settlement.proposed_by and not caller.may(Scope.PAYOUTS_APPROVE):
        raise ScopeMissing(Scope.PAYOUTS_APPROVE)
    ensure_proposed(SettlementState(settlement.state))
    decide_settlement(settlement, SettlementState.REFUSED, by=caller.actor, reason=reason, now=now)
    event = PayoutEvent.SETTLEMENT_REFUSED
    record_events([settlement_event(settlement, settlement.payout, event, actor=caller.actor)])
    log.info(
        "settlement_refused", settlement_id=settlement.pk, **naming(settlement.payout), actor=caller.actor
    )
    return settlement
