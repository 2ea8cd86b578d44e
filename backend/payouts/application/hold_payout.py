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
from payouts.domain.status import Stage
from payouts.domain.words import ensure_reason
from payouts.repositories.payouts import lock_payout, save_payout

if TYPE_CHECKING:
    from datetime import datetime

    from access.caller import Caller
    from payouts.models import Payout

log = structlog.get_logger(__name__)


class PayoutHeld(Conflict):
    code = "payout_held"
    title = "The payout is held already"

    def __init__(self) -> None:
        super().__init__("The payout is held already.")


class PayoutNotReady(Conflict):
    code = "payout_not_ready"
    title = "Only a payout that waits for its first sending can be held"

    def __init__(self) -> None:
        super().__init__("Only a NEW payout that is ready to be sent can be held.")


@in_transaction("hold_payout")
def hold_payout(*, caller: Caller, payout_id: int, reason: str, now: datetime) -> Payout:  # noqa: ARG001  every verb of the console is told the time
    """Keep a payout from being sent until a person releases it, whatever becomes of its recipient.

    Whoever is first decides between this and a worker: what a worker has claimed is not ready any more.
    Raises ScopeMissing, UnusableWords, PayoutNotFound, PayoutHeld or PayoutNotReady.
    """
    caller.ensure_may(Scope.PAYOUTS_ADMIN)
    ensure_reason(reason)
    payout = lock_payout(organization_id=caller.organization_id, payout_id=payout_id)
    if payout.stage == Stage.ON_HOLD.value:
        raise PayoutHeld
    if payout.stage != Stage.READY.value:
        raise PayoutNotReady
    payout.stage, payout.next_run_at = Stage.ON_HOLD.value, None
    # With the name in front it is never the engine's own sentence: an active recipient releases by that.
    payout.status_details = f"Held by {caller.actor}: {reason}"
    save_payout(payout, fields=["stage", "status_details", "next_run_at"])
    record_events([payout_event(payout, PayoutEvent.HELD, actor=caller.actor, reason=reason)])
    log.info("payout_held", **naming(payout), actor=caller.actor)
    return payout
