"""What a recipient may be."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from core.exceptions import Conflict

# ISO 20022 pain.001 allows 140 characters for a party's name.
NAME_MAX_LENGTH = 140
ACCOUNT_NUMBER_MAX_LENGTH = 64
BANK_CODE_MAX_LENGTH = 32
# Words with digits in them, also several in a row: "UA12 3456 7890".
_WORDS_WITH_DIGITS = re.compile(r"\b[A-Za-z]*\d\w*(?:[ -][A-Za-z]*\d\w*)*")
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


def comparable_account_number(account_number: str) -> str:
    """The same for two ways of writing one number: without what groups its characters, in upper case."""
    return account_number.replace(" ", "").replace("-", "").upper()


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


def mask_account_numbers_in(text: str) -> str:
    """The text of somebody else with everything masked in it that is long enough for an account number."""

    def mask(found: re.Match[str]) -> str:
        return found[0] if len(found[0]) < _SHORT_MASK_LENGTH else mask_account_number(found[0])

    return _WORDS_WITH_DIGITS.sub(mask, text)
