"""Account numbers out of their columns: to be paid by, or to be shown. Every failure is in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from core.encryption import Unreadable
from core.exceptions import Conflict
from database.encryption import hash_of
from payouts.domain.recipient import comparable_account_number, mask_account_number

if TYPE_CHECKING:
    from payouts.models import Payout, Recipient

log = structlog.get_logger(__name__)

UNREADABLE = "*" * 8


class AccountNumberUnreadable(Conflict):
    code = "account_number_unreadable"
    title = "The account number cannot be read"

    def __init__(self) -> None:
        super().__init__("The account number on record cannot be read, and nobody can be paid by it.")


def read_account_number(row: Payout | Recipient, name: str) -> str:
    """Raises AccountNumberUnreadable."""
    try:
        return str(getattr(row, name))
    except Unreadable as error:
        # The message says it all, but for the name by which the others call a payout.
        about = {"organization_id": row.organization_id, "reference": getattr(row, "reference", None)}
        log.error("account_number_unreadable", error=str(error), **about)  # noqa: TRY400
        raise AccountNumberUnreadable from None


def hash_of_account_number(account_number: str, *, organization_id: int) -> str:
    """Equal for two ways of grouping one number; nothing to do with that of another organization."""
    return hash_of(
        comparable_account_number(account_number), purpose="account number", organization_id=organization_id
    )


def is_readable(row: Payout | Recipient, name: str) -> bool:
    try:
        read_account_number(row, name)
    except AccountNumberUnreadable:
        return False
    return True


def shown_account_number(row: Payout | Recipient, name: str, *, in_full: bool = False) -> str:
    """In full or masked; eight asterisks when it cannot be decrypted.

    One row that was tampered with must not take a whole list away from those who look for it.
    """
    try:
        account_number = read_account_number(row, name)
    except AccountNumberUnreadable:
        return UNREADABLE
    return account_number if in_full else mask_account_number(account_number)
