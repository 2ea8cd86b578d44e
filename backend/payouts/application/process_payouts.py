from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

import structlog

from core.actor import rail_actor
from payouts.application.claim_payouts import claim_payouts
from payouts.application.record_outcomes import Answer, record_outcomes
from payouts.domain.rail import NotSent
from payouts.domain.status import Authority
from payouts.repositories.clock import database_now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from payouts.application.claim_payouts import ClaimedBatch
    from payouts.domain.rail import Rail

log = structlog.get_logger(__name__)


def process_payouts(*, rail: Rail, budget_seconds: float) -> bool:
    """Send what is due on the rail, batch by batch, until nothing is or the budget is spent.

    True when there may be more. Any number of workers may run this at once. Killed anywhere, it leaves
    attempts under a lease, whose outcome becomes unknown when it runs out; never a payout that is sent again
    unasked.
    """
    started = monotonic()
    while monotonic() - started < budget_seconds:
        held_since = monotonic()
        batch = claim_payouts(rail)
        if batch.orders:
            _send(rail, batch, held_since=held_since)
        if not batch.is_anything_left:
            return False
    return True


def _send(rail: Rail, batch: ClaimedBatch, *, held_since: float) -> None:
    """Call the rail with no transaction open, then record what it answered under the batch's fences."""
    answers = _submit(rail, batch, held_since=held_since)
    record_outcomes(
        rail=rail,
        answers=answers,
        authority=Authority.RAIL,
        actor=rail_actor(rail.code),
        now=database_now(),
    )


def _submit(rail: Rail, batch: ClaimedBatch, *, held_since: float) -> Sequence[Answer]:
    # A process that was stopped since the claim must not send what others have given up by now.
    if monotonic() - held_since >= rail.timing.lease.total_seconds():
        log.warning("lease_ran_out_before_sending", rail=rail.code, orders=len(batch.orders))
        reason = NotSent("The lease ran out before the order was sent.")
        return [Answer(claimed.order.rail_key, reason, claimed.fence) for claimed in batch.orders]
    outcomes = rail.submit([claimed.order for claimed in batch.orders], valid_until=batch.lease_until)
    return [
        Answer(claimed.order.rail_key, outcomes[claimed.order.rail_key], claimed.fence)
        for claimed in batch.orders
    ]
