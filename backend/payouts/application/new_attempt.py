from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payouts.application.payment_order import order_hash, payment_order
from payouts.models import PayoutAttempt

if TYPE_CHECKING:
    from datetime import datetime

    from payouts.models import Payout


def new_attempt(
    payout: Payout, *, number: int, rail: str, first_sent_at: datetime, **state: Any
) -> PayoutAttempt:
    """The attempt of this number, not saved yet, with key and hash of the order that belongs to it."""
    order = payment_order(payout, attempt_number=number)
    return PayoutAttempt(
        organization_id=payout.organization_id,
        payout=payout,
        number=number,
        rail=rail,
        rail_key=order.rail_key,
        request_hash=order_hash(order, organization_id=payout.organization_id),
        first_sent_at=first_sent_at,
        **state,
    )
