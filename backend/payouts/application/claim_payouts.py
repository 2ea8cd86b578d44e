"""Taking payouts that are due, for this worker alone. Whatever must be stored before a byte leaves, is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.actor import ENGINE
from core.tracing import step
from database.clock import database_now
from database.transactions import in_transaction
from events.recorder import record_events
from payouts.application.naming import names_of
from payouts.application.payment_order import order_hash, payment_order
from payouts.application.payout_events import payout_event
from payouts.application.put_off import put_off_unreadable
from payouts.application.set_aside import set_aside
from payouts.domain.company import most_together
from payouts.domain.events import PayoutEvent
from payouts.domain.status import Stage, Status
from payouts.repositories.attempts import BegunAttempt, begin_attempts, claim_again, map_unsent_attempts
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

    payout: Payout
    order: PaymentOrder
    fence: int
    attempt_number: int

    @property
    def traceparent(self) -> str:
        return self.payout.traceparent

    @property
    def names(self) -> dict[str, str | int]:
        """What its trace is told of it."""
        return names_of(self.payout) | {"attempt": self.attempt_number}


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
    again = _claim_again(taken, now=now, lease_until=lease_until)
    known = {each.payout.pk for each in again}
    afresh = [payout for payout in taken if payout.pk not in known]
    orders = [*again, *_claim_afresh(afresh, rail=rail, now=now, lease_until=lease_until)]
    record_events([_sending_event(each) for each in orders])
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


def _claim_again(payable: Sequence[Payout], *, now: datetime, lease_until: datetime) -> list[ClaimedOrder]:
    """Those of which an attempt is there and no byte of it has left."""
    unsent = _unsent_attempts_of(payable)
    if not unsent:
        return []
    payouts = [payout for payout in payable if payout.pk in unsent]
    mark_sending(payouts)
    claim_again(unsent.values(), now=now, lease_until=lease_until)
    return [
        _claimed(payout, number=unsent[payout.pk].number, fence=unsent[payout.pk].fence) for payout in payouts
    ]


def _unsent_attempts_of(payable: Sequence[Payout]) -> dict[int, PayoutAttempt]:
    """Only payouts that wait for a retry can have one: no query for all the others."""
    waiting = [payout for payout in payable if payout.stage == Stage.RETRY_WAIT.value]
    return map_unsent_attempts(waiting) if waiting else {}


def _claim_afresh(
    payable: Sequence[Payout], *, rail: Rail, now: datetime, lease_until: datetime
) -> list[ClaimedOrder]:
    claimed = [_claimed(payout, number=payout.attempts_made + 1, fence=1) for payout in payable]
    begun = [
        BegunAttempt(
            each.payout,
            each.attempt_number,
            each.order.rail_key,
            order_hash(each.order, organization_id=each.payout.organization_id),
        )
        for each in claimed
    ]
    begin_attempts(begun, rail=rail.code, now=now, lease_until=lease_until)
    return claimed


def _claimed(payout: Payout, *, number: int, fence: int) -> ClaimedOrder:
    return ClaimedOrder(payout, payment_order(payout, attempt_number=number), fence, number)


def _sending_event(claimed: ClaimedOrder) -> NewEvent:
    return payout_event(
        claimed.payout,
        PayoutEvent.SENDING,
        actor=ENGINE,
        status=Status.PROCESSING.value,
        stage=Stage.SENDING.value,
        attempt=claimed.attempt_number,
        rail_key=claimed.order.rail_key,
    )
