from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from access.scopes import Scope
from database.transactions import in_transaction
from payouts.application.naming import naming
from payouts.application.settle_attempt import settle_attempt
from payouts.application.settlement_events import words_of
from payouts.domain.attempt import AttemptState
from payouts.domain.settlement import (
    OwnSettlement,
    SettlementState,
    Verdict,
    ensure_open_to_judgement,
    ensure_proposed,
    outcome_by_hand,
)
from payouts.domain.words import ensure_reason
from payouts.rails import MANUAL
from payouts.repositories.settlements import decide_settlement, lock_settlement

if TYPE_CHECKING:
    from datetime import datetime

    from access.caller import Caller
    from payouts.models import Settlement

log = structlog.get_logger(__name__)


@in_transaction("approve_settlement")
def approve_settlement(*, caller: Caller, settlement_id: int, reason: str, now: datetime) -> Settlement:
    """Carry out what another person has proposed: the second word of two.

    Raises ScopeMissing, UnusableWords, SettlementNotFound, SettlementIsDecided, SettlementOvertaken,
    OwnSettlement, AttemptIsOut or NothingToSettle.
    """
    caller.ensure_may(Scope.PAYOUTS_APPROVE)
    ensure_reason(reason)
    settlement = lock_settlement(organization_id=caller.organization_id, settlement_id=settlement_id)
    ensure_proposed(SettlementState(settlement.state))
    if caller.actor == settlement.proposed_by:
        raise OwnSettlement
    attempt = settlement.attempt
    ensure_open_to_judgement(AttemptState(attempt.state), is_by_hand=attempt.rail == MANUAL)
    # Decided first: what is still proposed when the attempt ends counts as overtaken by that end.
    decide_settlement(settlement, SettlementState.CARRIED_OUT, by=caller.actor, reason=reason, now=now)
    outcome = outcome_by_hand(Verdict(settlement.verdict).target, words_of(settlement))
    settle_attempt(attempt, outcome, actor=caller.actor, now=now)
    log.info(
        "settlement_approved", settlement_id=settlement.pk, **naming(settlement.payout), actor=caller.actor
    )
    return settlement
