"""Account numbers and bank codes that follow a standard are held to it; others are kept as given.

IBAN: ISO 13616. BIC: ISO 9362.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException
from schwifty.registry import get_countries

from core.exceptions import FieldProblem, Invalid
from payouts.domain.recipient import comparable_account_number

if TYPE_CHECKING:
    from collections.abc import Iterator

# No country's IBAN is shorter than Norway's. What is shorter and begins alike is a number of another kind.
_SHORTEST_IBAN = 15
_IBAN_FORM = re.compile(rf"[A-Z]{{2}}[0-9]{{2}}[A-Z0-9]{{{_SHORTEST_IBAN - 4},}}", re.ASCII)
_BIC_FORM = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?", re.ASCII)


class InvalidBankDetails(Invalid):
    code = "invalid_bank_details"
    title = "The bank details are not valid"

    def __init__(self, *problems: FieldProblem) -> None:
        super().__init__(" ".join(problem.detail for problem in problems), problems=problems)


def ensure_bank_details(*, account_number: str, bank_code: str, country: str) -> None:
    """Raises InvalidBankDetails, which never repeats the number.

    An account number is held to be an IBAN when it has the form of one and begins with `country`, or with any
    country that has IBANs when `country` is empty.
    """
    problems = [*_problems_of_account(account_number, country), *_problems_of_bank_code(bank_code)]
    if problems:
        raise InvalidBankDetails(*problems)


def _problems_of_account(account_number: str, country: str) -> Iterator[FieldProblem]:
    if _is_meant_as_iban(account_number, country) and not _is_iban(account_number):
        detail = "Is not a valid IBAN: its length, its form or its check digits are wrong."
        yield FieldProblem("account_number", "invalid_iban", detail)


def _is_meant_as_iban(account_number: str, country: str) -> bool:
    number = comparable_account_number(account_number)
    begins_with_country = number[:2] == country if country else True
    return begins_with_country and number[:2] in get_countries() and _IBAN_FORM.fullmatch(number) is not None


def _is_iban(account_number: str) -> bool:
    # A rail takes upper case only; the library would read lower case as well.
    if account_number != account_number.upper():
        return False
    try:
        IBAN(account_number)
    except SchwiftyException:
        return False
    return True


def _problems_of_bank_code(bank_code: str) -> Iterator[FieldProblem]:
    if _BIC_FORM.fullmatch(bank_code) is None:
        return
    try:
        BIC(bank_code)
    except SchwiftyException:
        yield FieldProblem("bank_code", "invalid_bic", "Is not a valid BIC: there is no such country.")
