"""Refusals that reads and writes of payouts share."""

from __future__ import annotations

from core.exceptions import NotFound


class PayoutNotFound(NotFound):
    code = "payout_not_found"
    title = "There is no such payout"

    def __init__(self) -> None:
        super().__init__("Payout not found")


class RecipientNotFound(NotFound):
    code = "recipient_not_found"
    title = "There is no such recipient"

    def __init__(self) -> None:
        super().__init__("Recipient not found")


class SettlementNotFound(NotFound):
    code = "settlement_not_found"
    title = "There is no such settlement"

    def __init__(self) -> None:
        super().__init__("Settlement not found")
