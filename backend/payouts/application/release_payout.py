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
from payouts.domain.recipient import RecipientInactive
from payouts.domain.status import Stage
from payouts.domain.words import ensure_reason
from payouts.repositories.payouts import lock_payout, save_payout
from payouts.repositories.recipients import get_recipient

if TYPE_CHECKING:
    from datetime import datetime

    from access.caller import Caller
    from payouts.models import Payout

log = structlog.get_logger(__name__)


class PayoutNotHeld(Conflict):
    code = "payout_not_held"
    title = "The payout is not held"

    def __init__(self) -> None:
        super().__init__("Only a NEW payout that is on hold can be released.")


@in_transaction("release_payout")
def release_payout(*, caller: Caller, payout_id: int, reason: str, now: datetime) -> Payout:
    """Make a held payout due again, now.

    Raises ScopeMissing, UnusableWords, PayoutNotFound, PayoutNotHeld or RecipientInactive.
    """
    caller.ensure_may(Scope.PAYOUTS_ADMIN)
    ensure_reason(reason)
    payout = lock_payout(organization_id=caller.organization_id, payout_id=payout_id)
    if payout.stage != Stage.ON_HOLD.value:
        raise PayoutNotHeld
    # Not locked: of a recipient who is deactivated at this moment, the worker that claims sees it.
    recipient = get_recipient(organization_id=caller.organization_id, recipient_id=payout.recipient_id)
    if not recipient.is_active:
        raise RecipientInactive
    payout.stage, payout.status_details, payout.next_run_at = Stage.READY.value, "", now
    save_payout(payout, fields=["stage", "status_details", "next_run_at"])
    record_events([payout_event(payout, PayoutEvent.RELEASED, actor=caller.actor, reason=reason)])
    log.info("payout_released", **naming(payout), actor=caller.actor)
    return payout
