"""What a recipient may be."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from core.exceptions import Conflict

# ISO 20022 pain.001 allows 140 characters for a party's name.
NAME_MAX_LENGTH = 140
ACCOUNT_NUMBER_MAX_LENGTH = 64
BANK_CODE_MAX_LENGTH = 32
_FULL_MASK_LENGTH, _SHORT_MASK_LENGTH = 12, 8


class RecipientType(StrEnum):
    INDIVIDUAL = "INDIVIDUAL"
    BUSINESS = "BUSINESS"


@dataclass(frozen=True, kw_only=True)
class RecipientDetails:
    """Who is to be paid, and where. `bank_code` and `country` may be empty."""

    type: RecipientType
    name: str
    account_number: str = field(repr=False)
    bank_code: str = ""
    country: str = ""


@dataclass(frozen=True, kw_only=True)
class RecipientChanges:
    """What is to change about a recipient; None leaves a field as it is."""

    name: str | None = None
    account_number: str | None = field(default=None, repr=False)
    bank_code: str | None = None
    country: str | None = None
    is_active: bool | None = None

    def given(self) -> dict[str, str | bool]:
        return {name: value for name, value in vars(self).items() if value is not None}


class RecipientInactive(Conflict):
    code = "recipient_inactive"
    title = "The recipient is not active"

    def __init__(self) -> None:
        super().__init__("The recipient has been deactivated and cannot be paid.")


def mask_account_number(account_number: str) -> str:
    """`UA********7890`: the country and the last four characters; less of a short number, nothing below 8."""
    if len(account_number) >= _FULL_MASK_LENGTH:
        head, tail = 2, 4
    elif len(account_number) >= _SHORT_MASK_LENGTH:
        head, tail = 0, 4
    else:
        head, tail = 0, 0
    end = len(account_number) - tail
    return account_number[:head] + "*" * (end - head) + account_number[end:]
