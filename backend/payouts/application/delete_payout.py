from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from access.scopes import Scope
from core.exceptions import Conflict
from database.transactions import in_transaction
from events.recorder import record_events
from payouts.application.naming import naming
from payouts.application.payout_events import payout_event
from payouts.domain.events import PayoutEvent
from payouts.domain.status import Status
from payouts.domain.words import ensure_reason
from payouts.repositories.payouts import lock_payout, save_payout

if TYPE_CHECKING:
    from datetime import datetime

    from access.caller import Caller

log = structlog.get_logger(__name__)


class PayoutUnderWay(Conflict):
    code = "payout_under_way"
    title = "Only a payout of which nothing was sent can be deleted"

    def __init__(self) -> None:
        super().__init__("Only a NEW payout without any attempt can be deleted.")


@in_transaction("delete_payout")
def delete_payout(*, caller: Caller, payout_id: int, reason: str = "", now: datetime) -> None:
    """Hide a payout that was a mistake. Its row, its events and its key remain: the key is not free again.

    Raises ScopeMissing, UnusableWords, PayoutNotFound or PayoutUnderWay. Only a person gives a reason.
    """
    caller.ensure_may(Scope.PAYOUTS_ADMIN)
    if reason:
        ensure_reason(reason)
    payout = lock_payout(organization_id=caller.organization_id, payout_id=payout_id)
    if payout.status != Status.NEW.value or payout.attempts_made:
        raise PayoutUnderWay
    payout.deleted_at, payout.next_run_at = now, None
    save_payout(payout, fields=["deleted_at", "next_run_at"])
    record_events([payout_event(payout, PayoutEvent.DELETED, actor=caller.actor, reason=reason)])
    log.info("payout_deleted", **naming(payout), actor=caller.actor)
