"""Money as an amount in minor units and an ISO 4217 currency; never a float."""

from __future__ import annotations

import re
from dataclasses import dataclass

from iso4217 import Currency as IsoCurrency

from core.exceptions import Invalid

# 13 digits of minor units is about 10 billion euros: far above any payout, far below a bigint.
AMOUNT_MINOR_LIMIT = 10**13
# Whole part and decimals. The schema of the API shows this very pattern, so it has no named groups.
PLAIN_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,14})(?:\.([0-9]{1,6}))?", re.ASCII)


class UnknownCurrency(Invalid):
    code = "unknown_currency"
    title = "The currency is not known"

    def __init__(self) -> None:
        super().__init__("The currency is not an ISO 4217 code of a currency that can be paid out.")


class InvalidAmount(Invalid):
    code = "invalid_amount"
    title = "The amount is not valid"


def _payable_exponents() -> dict[str, int]:
    # ISO 4217 lists codes without minor units too (XAU, XXX, XTS): nothing can be paid out in those.
    return {c.code: c.exponent for c in IsoCurrency if c.exponent is not None}


_EXPONENTS = _payable_exponents()


def exponent_of(currency: str) -> int:
    """How many decimals the currency has by ISO 4217. Raises UnknownCurrency."""
    try:
        return _EXPONENTS[currency]
    except KeyError:
        raise UnknownCurrency from None


def payable_currencies() -> list[str]:
    return sorted(_EXPONENTS)


def decimal_amount(amount_minor: int, currency: str) -> str:
    """Not below zero, in decimals with exactly the currency's: also a sum, which no payout can have."""
    exponent = exponent_of(currency)
    if exponent == 0:
        return str(amount_minor)
    digits = str(amount_minor).rjust(exponent + 1, "0")
    return f"{digits[:-exponent]}.{digits[-exponent:]}"


@dataclass(frozen=True)
class Money:
    """A positive amount that a payout can have. Raises InvalidAmount or UnknownCurrency when built wrong."""

    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        exponent_of(self.currency)
        if self.amount_minor <= 0:
            raise InvalidAmount("The amount must be above zero.")
        if self.amount_minor > AMOUNT_MINOR_LIMIT:
            raise InvalidAmount("The amount is above the limit of a single payout.")

    @classmethod
    def parse(cls, amount: str, currency: str) -> Money:
        """Read a plain decimal in ASCII digits, such as "100.50": no sign, exponent, blanks or separators.

        Refuses more decimals than the currency has, even zeros: "1.0" is no amount of yen.
        """
        exponent = exponent_of(currency)
        match = PLAIN_DECIMAL.fullmatch(amount)
        if match is None:
            raise InvalidAmount('The amount must be a plain decimal number such as "100.50".')
        whole, fraction = match[1], match[2] or ""
        if len(fraction) > exponent:
            raise InvalidAmount(f"{currency} has {exponent} decimals, the amount has {len(fraction)}.")
        return cls(int(whole + fraction.ljust(exponent, "0")), currency)

    @property
    def amount(self) -> str:
        """The amount as a decimal string with exactly the currency's decimals: "100.50", "100" for yen."""
        return decimal_amount(self.amount_minor, self.currency)
