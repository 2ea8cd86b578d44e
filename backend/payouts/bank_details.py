"""Account numbers as people and clients are shown them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from core.encryption import Unreadable
from core.exceptions import Conflict
from payouts.domain.recipient import mask_account_number

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
        log.error("account_number_unreadable", error=str(error))  # noqa: TRY400  the message says it all
        raise AccountNumberUnreadable from None


def is_readable(row: Payout | Recipient, name: str) -> bool:
    """Whether it can be decrypted; it is said in the log when not."""
    try:
        getattr(row, name)
    except Unreadable as error:
        log.error("account_number_unreadable", error=str(error))  # noqa: TRY400  the message says it all
        return False
    return True


def shown_account_number(row: Payout | Recipient, name: str, *, in_full: bool = False) -> str:
    """In full or masked. Eight asterisks, and an error in the log, when it cannot be decrypted.

    One row that was tampered with must not take a whole list away from those who look for it.
    """
    try:
        account_number: str = getattr(row, name)
    except Unreadable as error:
        log.error("account_number_unreadable", error=str(error))  # noqa: TRY400  the message says it all
        return UNREADABLE
    return account_number if in_full else mask_account_number(account_number)
