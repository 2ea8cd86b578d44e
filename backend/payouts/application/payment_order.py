"""The one place where a payout is mapped to what leaves the house."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from database.encryption import hash_of
from payouts.domain.attempt import rail_key_of
from payouts.domain.rail import PaymentOrder

if TYPE_CHECKING:
    from payouts.models import Payout


def payment_order(payout: Payout, *, attempt_number: int) -> PaymentOrder:
    """The instruction for one attempt, from the snapshots: later changes of the recipient do not reach it."""
    return PaymentOrder(
        reference=payout.reference,
        end_to_end_id=payout.end_to_end_id,
        uetr=payout.uetr,
        rail_key=rail_key_of(payout.reference, attempt_number),
        amount_minor=payout.amount_minor,
        currency=payout.currency,
        beneficiary_name=payout.recipient_name_snapshot,
        account_number=payout.account_number_snapshot,
        bank_code=payout.bank_code_snapshot,
        country=payout.country_snapshot,
        remittance_text=payout.reference,
    )


def order_hash(order: PaymentOrder, *, organization_id: int) -> str:
    """Of the whole order: shows that every transmission under a key had the same content.

    Keyed, since everything else of the order is known to who reads the database: the account number could be
    found by trying.
    """
    canonical = json.dumps(vars(order), sort_keys=True, default=str)
    return hash_of(canonical, purpose="payment order", organization_id=organization_id)
