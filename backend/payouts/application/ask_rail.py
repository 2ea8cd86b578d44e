from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from access.scopes import Scope
from core.exceptions import Conflict
from database.transactions import in_transaction
from events.recorder import record_events
from payouts.application.naming import naming
from payouts.application.payout_events import payout_event
from payouts.domain.attempt import ASKABLE_STATES, AttemptState
from payouts.domain.events import PayoutEvent
from payouts.domain.words import ensure_reason
from payouts.rails import get_rail
from payouts.repositories.attempts import find_last_attempt, request_inquiry
from payouts.repositories.payouts import lock_payout

if TYPE_CHECKING:
    from datetime import datetime

    from access.caller import Caller
    from events.recorder import NewEvent
    from payouts.models import Payout, PayoutAttempt

log = structlog.get_logger(__name__)


class NothingToAskAbout(Conflict):
    code = "nothing_to_ask_about"
    title = "The rail has nothing to tell of this payout"

    def __init__(self) -> None:
        super().__init__(
            "A rail is asked about an attempt that it has accepted, that is unknown, or that needs a review."
        )


class InquiryRequested(Conflict):
    code = "inquiry_requested"
    title = "The rail is being asked already"

    def __init__(self) -> None:
        super().__init__("A question to the rail is under way: wait for its answer.")


class InquiriesHeld(Conflict):
    code = "inquiries_held"
    title = "The rail is not asked until a restore is resumed"

    def __init__(self) -> None:
        super().__init__("The database was restored, and resume_after_restore has not ended with 0 yet.")


@in_transaction("ask_rail")
def ask_rail(*, caller: Caller, payout_id: int, reason: str, now: datetime) -> Payout:
    """Have the rail asked at once what became of the payout's last attempt; the answer comes by the sweep.

    Of a payout that needs a review this is one question: an end is recorded, any other answer is told in the
    event log and leaves it with the person.
    Raises ScopeMissing, UnusableWords, PayoutNotFound, NothingToAskAbout, InquiryRequested or InquiriesHeld.
    """
    caller.ensure_may(Scope.PAYOUTS_ADMIN)
    ensure_reason(reason)
    payout = lock_payout(organization_id=caller.organization_id, payout_id=payout_id)
    attempt = find_last_attempt(payout)
    if attempt is None or not _can_be_asked_about(attempt):
        raise NothingToAskAbout
    _ensure_is_to_be_asked(attempt)
    request_inquiry(attempt, by=caller.actor, now=now)
    record_events([_requested_event(payout, attempt, actor=caller.actor, reason=reason)])
    log.info("inquiry_requested", **naming(payout), actor=caller.actor)
    return payout


def _can_be_asked_about(attempt: PayoutAttempt) -> bool:
    is_automatic = get_rail(attempt.rail).capabilities.is_automatic
    return is_automatic and AttemptState(attempt.state) in ASKABLE_STATES


def _ensure_is_to_be_asked(attempt: PayoutAttempt) -> None:
    if attempt.next_inquiry_at is None:
        # "Not found" is proof only while nothing that the rail knows is forgotten.
        if attempt.state != AttemptState.NEEDS_REVIEW.value:
            raise InquiriesHeld
    elif attempt.inquiry_requested_by:
        raise InquiryRequested


def _requested_event(payout: Payout, attempt: PayoutAttempt, *, actor: str, reason: str) -> NewEvent:
    return payout_event(
        payout,
        PayoutEvent.INQUIRY_REQUESTED,
        actor=actor,
        reason=reason,
        attempt=attempt.number,
        rail_key=attempt.rail_key,
    )
