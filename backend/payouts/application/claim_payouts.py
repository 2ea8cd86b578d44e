"""Taking payouts that are due, for this worker alone. Whatever must be stored before a byte leaves, is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.actor import ENGINE
from core.tracing import step
from database.clock import database_now
from database.transactions import in_transaction
from events.recorder import record_events
from payouts.application.new_attempt import new_attempt
from payouts.application.payment_order import payment_order
from payouts.application.payout_events import payout_event
from payouts.application.put_off import put_off_unreadable
from payouts.application.set_aside import set_aside
from payouts.domain.company import most_together
from payouts.domain.events import PayoutEvent
from payouts.domain.status import Stage, Status
from payouts.repositories.attempts import add_attempts, claim_again, map_unsent_attempts
from payouts.repositories.payouts import lock_due_payouts, mark_sending

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from events.recorder import NewEvent
    from payouts.domain.rail import PaymentOrder, Rail
    from payouts.models import Payout, PayoutAttempt


MOST_CALLS = 10


@dataclass(frozen=True)
class ClaimedOrder:
    """An order that this worker alone may send, once, under this fence."""

    order: PaymentOrder
    fence: int
    attempt_number: int
    organization_id: int
    traceparent: str

    @property
    def names(self) -> dict[str, str | int]:
        """What its trace is told of it."""
        return {
            "reference": self.order.reference,
            "organization_id": self.organization_id,
            "attempt": self.attempt_number,
        }


@dataclass(frozen=True)
class ClaimedBatch:
    """`lease_until` by the database's clock: later, nothing of the batch may be sent any more."""

    orders: Sequence[ClaimedOrder]
    lease_until: datetime
    is_anything_left: bool


def claim_payouts(rail: Rail) -> ClaimedBatch:
    """Claim due payouts: at most as many as the rail takes in one call, and as can be sent in a few.

    A payout whose recipient is not active any more is set aside instead, and one whose account number cannot
    be decrypted is put off. Afterwards each claimed payout is
    PROCESSING/sending and has one live attempt, with its key, fence and lease.
    """
    with step("claim", rail=rail.code) as claiming:
        batch = _claim(rail)
        for each in batch.orders:
            claiming.concern(each.traceparent, each.names)
    return batch


@in_transaction("claim_payouts")
def _claim(rail: Rail) -> ClaimedBatch:
    now = database_now()
    limit = rail.orders_at_once
    due = lock_due_payouts(rail=rail.code, limit=limit, now=now)
    set_aside([payout for payout in due if not payout.recipient.is_active], actor=ENGINE)
    payable = put_off_unreadable([payout for payout in due if payout.recipient.is_active], now=now)
    taken = _take_what_can_be_sent(payable, rail.capabilities.largest_batch)
    lease_until = now + rail.timing.lease
    attempts = _begin_attempts(taken, rail=rail, now=now, lease_until=lease_until)
    record_events([_sending_event(attempt) for attempt in attempts])
    orders = [_claimed_order(attempt) for attempt in attempts]
    is_anything_left = len(due) == limit or len(taken) < len(payable)
    return ClaimedBatch(orders, lease_until, is_anything_left)


def _take_what_can_be_sent(payable: Sequence[Payout], largest_batch: int) -> list[Payout]:
    """As many, longest due first, as fit into a few calls: a lease is no place to wait in.

    The others are let go with this transaction, untouched, for whoever claims next.
    """
    room = MOST_CALLS * largest_batch
    taken = []
    for payout in payable:
        size = most_together(attempt_number=payout.attempts_made + 1, largest_batch=largest_batch)
        room -= largest_batch // size
        if room < 0:
            break
        taken.append(payout)
    return taken


def _begin_attempts(
    payable: Sequence[Payout], *, rail: Rail, now: datetime, lease_until: datetime
) -> list[PayoutAttempt]:
    unsent = _unsent_attempts_of(payable)
    again = [payout for payout in payable if payout.pk in unsent]
    afresh = [payout for payout in payable if payout.pk not in unsent]
    mark_sending(again, new_attempts=0)
    mark_sending(afresh, new_attempts=1)
    claim_again(unsent.values(), now=now, lease_until=lease_until)
    new = [
        new_attempt(
            payout,
            number=payout.attempts_made + 1,
            rail=rail.code,
            first_sent_at=now,
            lease_until=lease_until,
        )
        for payout in afresh
    ]
    add_attempts(new)
    return [*unsent.values(), *new]


def _unsent_attempts_of(payable: Sequence[Payout]) -> dict[int, PayoutAttempt]:
    """Only payouts that wait for a retry can have one: no query for all the others."""
    waiting = {payout.pk: payout for payout in payable if payout.stage == Stage.RETRY_WAIT.value}
    if not waiting:
        return {}
    unsent = map_unsent_attempts(waiting.values())
    for payout_id, attempt in unsent.items():
        attempt.payout = waiting[payout_id]
    return unsent


def _claimed_order(attempt: PayoutAttempt) -> ClaimedOrder:
    payout = attempt.payout
    return ClaimedOrder(
        payment_order(payout, attempt_number=attempt.number),
        attempt.fence,
        attempt.number,
        payout.organization_id,
        payout.traceparent,
    )


def _sending_event(attempt: PayoutAttempt) -> NewEvent:
    return payout_event(
        attempt.payout,
        PayoutEvent.SENDING,
        actor=ENGINE,
        status=Status.PROCESSING.value,
        stage=Stage.SENDING.value,
        attempt=attempt.number,
        rail_key=attempt.rail_key,
    )
