"""Payouts whose recipient may not be paid at present: set aside, and released again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from events.recorder import record_events
from payouts.application.payout_events import payout_event
from payouts.domain.events import PayoutEvent
from payouts.domain.status import Stage, Status
from payouts.repositories.payouts import (
    count_payouts_of_recipient,
    lock_payouts_of_recipient,
    move_stage,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from payouts.models import Payout, Recipient

# The reason on payouts that wait for their recipient to be active again; by it they are found.
RECIPIENT_INACTIVE = "The recipient is not active."

_WAITING = Q(stage=Stage.READY.value)
_SET_ASIDE = Q(stage__in=[Stage.ON_HOLD.value, Stage.NEEDS_REVIEW.value], status_details=RECIPIENT_INACTIVE)


def set_aside(payouts: Sequence[Payout], *, actor: str) -> None:
    """Keep locked payouts from being sent: a NEW one is held, one that was tried before needs a review."""
    _move(payouts, Status.NEW, Stage.ON_HOLD, PayoutEvent.HELD, actor=actor)
    _move(payouts, Status.PROCESSING, Stage.NEEDS_REVIEW, PayoutEvent.REVIEW_NEEDED, actor=actor)


def set_aside_payouts_of(recipient: Recipient, *, actor: str) -> int:
    """Hold what waits for its first sending, and tell how many payouts that were.

    What a worker is sending at this moment is out already.
    """
    payouts = lock_payouts_of_recipient(recipient, _WAITING)
    set_aside(payouts, actor=actor)
    return len(payouts)


def release_payouts_of(recipient: Recipient, *, actor: str, now: datetime) -> int:
    """Make due again what was set aside because the recipient was not active, and only that: how many."""
    payouts = lock_payouts_of_recipient(recipient, _SET_ASIDE)
    for status, stage in ((Status.NEW, Stage.READY), (Status.PROCESSING, Stage.RETRY_WAIT)):
        _move(payouts, status, stage, PayoutEvent.RELEASED, actor=actor, next_run_at=now)
    return len(payouts)


def count_payouts_to_set_aside(recipient: Recipient, *, at_most: int) -> int:
    """How many would be held if the recipient were deactivated now."""
    return count_payouts_of_recipient(recipient, _WAITING, at_most=at_most)


def count_payouts_to_release(recipient: Recipient, *, at_most: int) -> int:
    """How many would be released if the recipient were activated now."""
    return count_payouts_of_recipient(recipient, _SET_ASIDE, at_most=at_most)


def _move(
    payouts: Sequence[Payout],
    status: Status,
    stage: Stage,
    event: PayoutEvent,
    *,
    actor: str,
    next_run_at: datetime | None = None,
) -> None:
    """Move those of the payouts that have the status to the stage."""
    concerned = [payout for payout in payouts if payout.status == status.value]
    if not concerned:
        return
    details = "" if next_run_at else RECIPIENT_INACTIVE
    move_stage(concerned, stage, details=details, next_run_at=next_run_at)
    record_events(
        [payout_event(payout, event, actor=actor, stage=stage.value, reason=details) for payout in concerned]
    )
