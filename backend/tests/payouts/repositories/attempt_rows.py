"""Payouts and attempts as the engine leaves them, written as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payouts.models import Payout, PayoutAttempt
from tests.factories import NOON, make_payout

if TYPE_CHECKING:
    from payouts.models import Recipient


def make_attempt(payout: Payout, number: int = 1, **columns: Any) -> PayoutAttempt:
    usual = {
        "organization_id": payout.organization_id,
        "payout": payout,
        "number": number,
        "rail": "sandbox",
        "rail_key": f"{payout.reference}-{number}",
        "request_hash": "0" * 64,
        "first_sent_at": NOON,
    }
    return PayoutAttempt.objects.create(**usual | columns)


def make_sent(recipient: Recipient, **columns: Any) -> PayoutAttempt:
    """The first attempt, with these columns, of a payout that is being sent."""
    payout = make_payout(recipient)
    Payout.objects.filter(pk=payout.pk).update(
        status="PROCESSING", stage="sending", next_run_at=None, attempts_made=1
    )
    payout.refresh_from_db()
    return make_attempt(payout, **columns)
