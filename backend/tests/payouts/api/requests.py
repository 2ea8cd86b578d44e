"""What a client would send."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from payouts.models import Recipient

PAYOUTS = "/api/payouts/"
RECIPIENTS = "/api/recipients/"
LARGEST_BIGINT = 2**63 - 1

_numbers = itertools.count(1)


def payout_body(recipient: Recipient, **changes: Any) -> dict[str, Any]:
    """A body that is accepted, with the changes; a change to None leaves the field out."""
    body = {
        "recipient_id": recipient.pk,
        "amount": "100.50",
        "currency": "USD",
        "idempotency_key": f"client-key-{next(_numbers):06}",
    } | changes
    return {name: value for name, value in body.items() if value is not None}


def recipient_body(**changes: Any) -> dict[str, Any]:
    body = {
        "type": "INDIVIDUAL",
        "name": "John Doe",
        "account_number": "UA1234567890",
        "bank_code": "MFO123",
        "country": "UA",
    } | changes
    return {name: value for name, value in body.items() if value is not None}
