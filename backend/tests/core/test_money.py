from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from iso4217 import Currency

from core.money import AMOUNT_MINOR_LIMIT, InvalidAmount, Money, UnknownCurrency, exponent_of

EXPONENTS = {c.code: c.exponent for c in Currency if c.exponent is not None}

currencies = st.sampled_from(sorted(EXPONENTS))
payable = st.integers(min_value=1, max_value=AMOUNT_MINOR_LIMIT)
# Near enough to amounts that many of them are some, and full of what looks like one.
near_amounts = st.text(alphabet="0123456789..,-+eE_ \n٣１²", max_size=12)


def minor_units_of(text: str, exponent: int) -> Fraction | None:
    """By another way than the code under test: the amount in minor units, or None for what is none."""
    whole, dot, fraction = text.partition(".")
    is_plain = set(whole + fraction) <= set("0123456789")
    if not is_plain or not whole or bool(dot) != bool(fraction):
        return None
    if (whole.startswith("0") and whole != "0") or len(fraction) > exponent:
        return None
    minor_units = Fraction(text) * 10**exponent
    return minor_units if 0 < minor_units <= AMOUNT_MINOR_LIMIT else None


@pytest.mark.parametrize(
    ("amount", "currency", "amount_minor"),
    [
        ("100.50", "USD", 10_050),
        ("100.5", "USD", 10_050),
        ("100", "USD", 10_000),
        ("0.01", "USD", 1),
        ("1", "JPY", 1),
        ("250000", "JPY", 250_000),
        ("1.234", "KWD", 1_234),
        ("1.2", "KWD", 1_200),
        ("0.001", "BHD", 1),
        ("1.2345", "CLF", 12_345),
        ("7", "UYW", 70_000),
        ("12.34", "UAH", 1_234),
        ("100000000000.00", "EUR", AMOUNT_MINOR_LIMIT),
        ("10000000000000", "JPY", AMOUNT_MINOR_LIMIT),
    ],
)
def test_it_reads_a_plain_decimal_into_minor_units(amount: str, currency: str, amount_minor: int) -> None:
    assert Money.parse(amount, currency) == Money(amount_minor, currency)


@pytest.mark.parametrize(
    ("amount_minor", "currency", "amount"),
    [
        (10_050, "USD", "100.50"),
        (1, "USD", "0.01"),
        (10, "USD", "0.10"),
        (100, "USD", "1.00"),
        (100, "JPY", "100"),
        (1, "KWD", "0.001"),
        (12_345, "KWD", "12.345"),
        (1, "CLF", "0.0001"),
        (AMOUNT_MINOR_LIMIT, "EUR", "100000000000.00"),
    ],
)
def test_it_writes_an_amount_with_exactly_the_decimals_of_its_currency(
    amount_minor: int, currency: str, amount: str
) -> None:
    assert Money(amount_minor, currency).amount == amount


@pytest.mark.parametrize(
    "amount",
    [
        "", " ", ".", "10.", ".5", "1..0", "1.0.0", "abc",
        " 10.00 ", "10.00 ", "\t10.00", "10.00\n", "1 000.00", "1\u00a0000",
        "1_000", "1,000.00", "10,50", "1'000",
        "+5", "-5", "-0", "-0.00", "--5", "\u22125",
        "1E+2", "1e2", "1e-2", "0x10", "0b1", "1/2", "10%", "$10",
        "00.10", "01", "000",
        "NaN", "nan", "Infinity", "-inf", "sNaN",
        "١٢٣", "१०", "１００", "10.0０", "1²", "½", "Ⅷ",
        "1" * 16, "0.0000001", "1" * 5_000,
    ],
)  # fmt: skip
def test_it_refuses_whatever_is_no_plain_decimal(amount: str) -> None:
    with pytest.raises(InvalidAmount, match="plain decimal"):
        Money.parse(amount, "USD")


@pytest.mark.parametrize(
    ("amount", "currency", "detail"),
    [
        ("1.001", "USD", "USD has 2 decimals, the amount has 3."),
        ("1.000", "USD", "USD has 2 decimals, the amount has 3."),
        ("1.0", "JPY", "JPY has 0 decimals, the amount has 1."),
        ("1.2345", "KWD", "KWD has 3 decimals, the amount has 4."),
        ("1.00000", "CLF", "CLF has 4 decimals, the amount has 5."),
    ],
)
def test_it_refuses_more_decimals_than_the_currency_has(amount: str, currency: str, detail: str) -> None:
    with pytest.raises(InvalidAmount) as refused:
        Money.parse(amount, currency)
    assert refused.value.detail == detail


@pytest.mark.parametrize("amount", ["0", "0.00", "0.0"])
def test_it_refuses_nothing_at_all(amount: str) -> None:
    with pytest.raises(InvalidAmount, match="above zero"):
        Money.parse(amount, "USD")


@pytest.mark.parametrize("amount_minor", [0, -1, -AMOUNT_MINOR_LIMIT])
def test_it_is_never_built_without_a_positive_amount(amount_minor: int) -> None:
    with pytest.raises(InvalidAmount, match="above zero"):
        Money(amount_minor, "USD")


@pytest.mark.parametrize(
    ("amount", "currency"),
    [("100000000000.01", "EUR"), ("10000000000001", "JPY"), ("999999999999999", "KWD")],
)
def test_it_refuses_more_than_the_limit(amount: str, currency: str) -> None:
    with pytest.raises(InvalidAmount, match="limit"):
        Money.parse(amount, currency)


@pytest.mark.parametrize(
    "currency", ["", "usd", "Usd", "US", "USDT", "US ", "XXX", "XAU", "XTS", "840", "ＵＳＤ"]
)
def test_it_refuses_a_currency_that_cannot_be_paid_out(currency: str) -> None:
    with pytest.raises(UnknownCurrency):
        Money.parse("1", currency)
    with pytest.raises(UnknownCurrency):
        Money(1, currency)


@pytest.mark.parametrize(
    ("currency", "exponent"), [("JPY", 0), ("KRW", 0), ("EUR", 2), ("UAH", 2), ("KWD", 3), ("CLF", 4)]
)
def test_it_knows_the_decimals_of_a_currency(currency: str, exponent: int) -> None:
    assert exponent_of(currency) == exponent


@given(currency=currencies, amount_minor=payable)
def test_it_reads_back_what_it_writes(currency: str, amount_minor: int) -> None:
    money = Money(amount_minor, currency)

    assert Money.parse(money.amount, currency) == money
    assert Fraction(money.amount) * 10 ** EXPONENTS[currency] == amount_minor


@settings(max_examples=500)
@given(currency=st.sampled_from(["JPY", "EUR", "KWD", "CLF"]), text=near_amounts | st.text(max_size=8))
def test_it_takes_plain_decimals_and_nothing_else(currency: str, text: str) -> None:
    expected = minor_units_of(text, EXPONENTS[currency])

    if expected is None:
        with pytest.raises(InvalidAmount):
            Money.parse(text, currency)
    else:
        assert Money.parse(text, currency).amount_minor == expected
