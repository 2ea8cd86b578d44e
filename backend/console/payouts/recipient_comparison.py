"""The recipient as the payout has kept them beside the recipient as they are now, account numbers masked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from payouts.bank_details import AccountNumberUnreadable, read_account_number, shown_account_number

if TYPE_CHECKING:
    from payouts.models import Payout, Recipient


@dataclass(frozen=True)
class Row:
    name: str
    then: str
    now: str
    is_changed: bool


def compare_recipient(payout: Payout) -> list[Row]:
    recipient = payout.recipient
    return [
        _row("Name", payout.recipient_name_snapshot, recipient.name),
        Row(
            "Account number",
            shown_account_number(payout, "account_number_snapshot"),
            shown_account_number(recipient, "account_number"),
            is_changed=_has_other_number(payout, recipient),
        ),
        _row("Bank code", payout.bank_code_snapshot, recipient.bank_code),
        _row("Country", payout.country_snapshot, recipient.country),
    ]


def _row(name: str, then: str, now: str) -> Row:
    return Row(name, then, now, is_changed=then != now)


def _has_other_number(payout: Payout, recipient: Recipient) -> bool:
    """By the whole numbers: two may look alike under the mask. What cannot be read counts as another."""
    try:
        then = read_account_number(payout, "account_number_snapshot")
        return then != read_account_number(recipient, "account_number")
    except AccountNumberUnreadable:
        return True
