from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from access.scopes import Scope
from database.transactions import in_transaction
from events.recorder import record_events
from payouts.application.naming import naming
from payouts.application.new_attempt import new_attempt
from payouts.application.payout_events import payout_event
from payouts.application.settle_attempt import needs_two_people, settle_attempt
from payouts.bank_details import read_account_number
from payouts.domain.attempt import AttemptState
from payouts.domain.events import PayoutEvent
from payouts.domain.settlement import (
    NothingWasSent,
    SecondPersonNeeded,
    ensure_person_may_settle,
    outcome_by_hand,
    refusal_by_hand,
)
from payouts.domain.status import Authority, Stage, Status, ensure_move
from payouts.rails import MANUAL
from payouts.repositories.attempts import add_attempts, find_last_attempt, find_succeeded_attempt
from payouts.repositories.payouts import lock_payout, save_payout

if TYPE_CHECKING:
    from datetime import datetime

    from access.caller import Caller
    from payouts.models import Payout

log = structlog.get_logger(__name__)


def change_status(*, caller: Caller, payout_id: int, target: Status, reason: str, now: datetime) -> Payout:
    """Move a payout by hand and return it as it is afterwards.

    Raises ScopeMissing, PayoutNotFound, InvalidTransition, AttemptIsOut, ReasonNeeded, NothingWasSent,
    SecondPersonNeeded or AccountNumberUnreadable.
    NEW to PROCESSING takes the payout over: a person pays it, on the rail `manual`, and no worker touches it.
    """
    caller.ensure_may(Scope.PAYOUTS_ADMIN)
    payout = _change(caller, payout_id, target, reason=reason, now=now)
    log.info("payout_status_changed", **naming(payout), status=payout.status, actor=caller.actor)
    return payout


@in_transaction("change_status")
def _change(caller: Caller, payout_id: int, target: Status, *, reason: str, now: datetime) -> Payout:
    payout = lock_payout(organization_id=caller.organization_id, payout_id=payout_id)
    current = Status(payout.status)
    ensure_move(current, target, by=Authority.OPERATOR)
    if target is Status.PROCESSING:
        _take_over(payout, actor=caller.actor, reason=reason, now=now)
    elif current is Status.NEW:
        _close(payout, target, actor=caller.actor, reason=reason)
    else:
        _settle(payout, target, actor=caller.actor, reason=reason, now=now)
    # Read anew, since outcomes are written past this object; so its account number stays encrypted.
    return lock_payout(organization_id=caller.organization_id, payout_id=payout_id)


def _take_over(payout: Payout, *, actor: str, reason: str, now: datetime) -> None:
    payout.rail = MANUAL
    payout.status, payout.stage = Status.PROCESSING.value, Stage.ACCEPTED.value
    payout.status_details, payout.next_run_at = reason, None
    payout.attempts_made += 1
    save_payout(payout, fields=["rail", "status", "stage", "status_details", "next_run_at", "attempts_made"])
    read_account_number(payout, "account_number_snapshot")  # a person pays by what the snapshot says
    by_hand = new_attempt(
        payout,
        number=payout.attempts_made,
        rail=MANUAL,
        first_sent_at=now,
        state=AttemptState.ACCEPTED.value,
    )
    add_attempts([by_hand])
    record_events([payout_event(payout, PayoutEvent.TAKEN_OVER, actor=actor, reason=reason)])


def _settle(payout: Payout, target: Status, *, actor: str, reason: str, now: datetime) -> None:
    attempt = find_succeeded_attempt(payout) or find_last_attempt(payout)
    if attempt is None:
        raise NothingWasSent
    state = AttemptState(attempt.state)
    ensure_person_may_settle(state, target, is_by_hand=attempt.rail == MANUAL, reason=reason)
    if state is AttemptState.FAILED:
        _close(payout, target, actor=actor, reason=reason)
        return
    if needs_two_people(attempt):
        raise SecondPersonNeeded
    outcome = outcome_by_hand(target, {"settled_by": actor, "reason": reason})
    settle_attempt(attempt, outcome, actor=actor, now=now)


def _close(payout: Payout, target: Status, *, actor: str, reason: str) -> None:
    """End, as FAILED or CANCELED, a payout of which nothing is out with a rail."""
    payout.status, payout.status_details, payout.next_run_at = target.value, reason, None
    if target is Status.FAILED:
        payout.stage, payout.failure = Stage.DECLINED.value, refusal_by_hand(reason).as_json()
        event = PayoutEvent.FAILED
    else:
        payout.stage = Stage.BY_USER.value
        event = PayoutEvent.CANCELED
    save_payout(payout, fields=["status", "stage", "status_details", "failure", "next_run_at"])
    record_events([payout_event(payout, event, actor=actor, reason=reason)])
