from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from time import monotonic
from typing import TYPE_CHECKING

import structlog

from core.actor import rail_actor
from core.crash_points import crash_points
from core.log_context import working_on
from core.tracing import batch as traced_batch
from core.tracing import link, step
from database.clock import database_now
from payouts.application.claim_payouts import claim_payouts
from payouts.application.record_outcomes import Answer, record_outcomes
from payouts.domain.company import most_together
from payouts.domain.rail import NotSent
from payouts.domain.status import Authority

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from payouts.application.claim_payouts import ClaimedBatch, ClaimedOrder
    from payouts.domain.rail import Rail, SubmitOutcome

log = structlog.get_logger(__name__)

_attempt_number = attrgetter("attempt_number")


def process_payouts(*, rail: Rail, budget_seconds: float) -> bool:
    """Send what is due on the rail, batch by batch, until nothing is or the budget is spent.

    True when there may be more to send now. Nothing is claimed while the rail takes no orders: what is due
    stays due, and keeps its attempts. Any number of workers may run this at once. Killed anywhere, it leaves
    attempts under a lease, whose outcome becomes unknown when it runs out; never a payout that is sent again
    unasked.
    """
    started = monotonic()
    while monotonic() - started < budget_seconds:
        if not rail.orders_at_once:
            return False
        with traced_batch("process_payouts", rail=rail.code):
            is_anything_left = _process_batch(rail)
        if not is_anything_left:
            return False
    return True


def _process_batch(rail: Rail) -> bool:
    held_since = monotonic()
    batch = claim_payouts(rail)
    for each in batch.orders:
        link(each.traceparent)
    _send(rail, batch, held_since=held_since)
    return batch.is_anything_left


def _send(rail: Rail, batch: ClaimedBatch, *, held_since: float) -> None:
    """Call the rail with no transaction open, and record each answer under the batch's fences."""
    for orders in _calls(batch.orders, rail.capabilities.largest_batch):
        # Whatever is told meanwhile, an error for instance, names the payouts that are in hand.
        with working_on(references=[each.order.reference for each in orders]):
            outcomes = _submit(rail, orders, valid_until=batch.lease_until, held_since=held_since)
            record_outcomes(
                rail=rail,
                answers=[
                    Answer(each.order.rail_key, outcomes[each.order.rail_key], each.fence) for each in orders
                ],
                authority=Authority.RAIL,
                actor=rail_actor(rail.code),
                now=database_now(),
            )


def _calls(orders: Sequence[ClaimedOrder], largest_batch: int) -> Iterator[list[ClaimedOrder]]:
    """Put together what may travel together, first attempts first.

    One order can break the call for all that travel with it. In ever smaller company it cannot use up their
    attempts too.
    """
    for number, same in groupby(sorted(orders, key=_attempt_number), key=_attempt_number):
        waiting = list(same)
        size = most_together(attempt_number=number, largest_batch=largest_batch)
        yield from (waiting[start : start + size] for start in range(0, len(waiting), size))


def _submit(
    rail: Rail, orders: Sequence[ClaimedOrder], *, valid_until: datetime, held_since: float
) -> Mapping[str, SubmitOutcome]:
    # A process that was stopped since the claim must not send what others have given up by now. Half of the
    # lease is kept for the call and for recording it, or for telling in time that nothing was sent.
    if monotonic() - held_since >= rail.timing.lease.total_seconds() / 2:
        log.warning("lease_too_short_to_send", rail=rail.code, orders=len(orders))
        not_sent = NotSent("The lease was about to run out before the order was sent.", is_rail_away=False)
        return {each.order.rail_key: not_sent for each in orders}
    with step("send", rail=rail.code) as sending:
        for each in orders:
            sending.concern(each.traceparent, each.names)
        outcomes = rail.submit([each.order for each in orders], valid_until=valid_until)
    crash_points.reach("process_payouts.answered")
    return outcomes
