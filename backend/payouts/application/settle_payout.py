from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from access.scopes import Scope
from database.transactions import in_transaction
from events.recorder import record_events
from payouts.application.naming import naming
from payouts.application.settle_attempt import needs_two_people, settle_attempt
from payouts.application.settlement_events import settlement_event, words_of
from payouts.domain.attempt import AttemptState
from payouts.domain.events import PayoutEvent
from payouts.domain.settlement import (
    NothingToSettle,
    SettlementIsOpen,
    SettlementState,
    Verdict,
    ensure_open_to_judgement,
    outcome_by_hand,
)
from payouts.domain.words import ensure_evidence, ensure_reason
from payouts.models import Settlement
from payouts.rails import MANUAL
from payouts.repositories.attempts import find_last_attempt
from payouts.repositories.payouts import lock_payout
from payouts.repositories.settlements import add_settlement, find_open_settlement

if TYPE_CHECKING:
    from datetime import datetime

    from access.caller import Caller
    from payouts.models import Payout, PayoutAttempt

log = structlog.get_logger(__name__)


@in_transaction("settle_payout")
def settle_payout(
    *, caller: Caller, payout_id: int, verdict: Verdict, reason: str, evidence: str, now: datetime
) -> Settlement:
    """Say what became of a payout's open attempt, where no rail can: that it was paid, or that it was not.

    Carried out at once; with SETTLING_NEEDS_TWO_PEOPLE only proposed, and nothing of the payout moves until
    somebody else approves it.
    Raises ScopeMissing, UnusableWords, PayoutNotFound, AttemptIsOut, NothingToSettle or SettlementIsOpen.
    """
    caller.ensure_may(Scope.PAYOUTS_ADMIN)
    ensure_reason(reason)
    ensure_evidence(evidence)
    payout = lock_payout(organization_id=caller.organization_id, payout_id=payout_id)
    attempt = _open_attempt_of(payout)
    settlement = Settlement(
        organization_id=caller.organization_id,
        payout_id=payout.pk,
        attempt=attempt,
        verdict=verdict.value,
        reason=reason,
        evidence=evidence,
        proposed_by=caller.actor,
        proposed_at=now,
    )
    if needs_two_people(attempt):
        _propose(settlement, payout)
    else:
        _carry_out(settlement)
    log.info("payout_settled", **naming(payout), state=settlement.state, actor=caller.actor)
    return settlement


def _open_attempt_of(payout: Payout) -> PayoutAttempt:
    attempt = find_last_attempt(payout)
    if attempt is None:
        raise NothingToSettle
    ensure_open_to_judgement(AttemptState(attempt.state), is_by_hand=attempt.rail == MANUAL)
    return attempt


def _propose(settlement: Settlement, payout: Payout) -> None:
    if find_open_settlement(organization_id=payout.organization_id, payout_id=payout.pk):
        raise SettlementIsOpen
    settlement.needs_two_people, settlement.state = True, SettlementState.PROPOSED.value
    add_settlement(settlement)
    event = PayoutEvent.SETTLEMENT_PROPOSED
    record_events([settlement_event(settlement, payout, event, actor=settlement.proposed_by)])


def _carry_out(settlement: Settlement) -> None:
    settlement.needs_two_people, settlement.state = False, SettlementState.CARRIED_OUT.value
    settlement.decided_by, settlement.decided_at = settlement.proposed_by, settlement.proposed_at
    add_settlement(settlement)
    outcome = outcome_by_hand(Verdict(settlement.verdict).target, words_of(settlement))
    settle_attempt(settlement.attempt, outcome, actor=settlement.proposed_by, now=settlement.proposed_at)
