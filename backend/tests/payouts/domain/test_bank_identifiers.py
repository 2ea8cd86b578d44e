from __future__ import annotations

import pytest

from payouts.domain.bank_identifiers import InvalidBankDetails, ensure_bank_details

GERMAN, UKRAINIAN, NORWEGIAN = "DE89370400440532013000", "UA213223130000026007233566001", "NO9386011117947"


@pytest.mark.parametrize(
    ("account_number", "country"),
    [
        (GERMAN, "DE"),
        (GERMAN, ""),
        ("DE89 3704 0044 0532 0130 00", "DE"),
        (UKRAINIAN, "UA"),
        (NORWEGIAN, "NO"),
        ("GB82WEST12345698765432", ""),
        # Numbers of another kind are kept as given.
        ("UA1234567890", "UA"),
        ("UA12345678901", ""),
        ("000123456789", "US"),
        ("12345678901234567890", ""),
        ("ZZ89370400440532013000", ""),
        ("US89370400440532013000", ""),
        # Another country's number may look like anything.
        ("DE89370400440532013001", "US"),
        ("DEAB370400440532013000", "DE"),
    ],
)
def test_it_takes_an_account_number(account_number: str, country: str) -> None:
    ensure_bank_details(account_number=account_number, bank_code="", country=country)


@pytest.mark.parametrize(
    ("account_number", "country"),
    [
        ("DE89370400440532013001", "DE"),
        ("DE89370400440532013001", ""),
        ("DE98370400440532013000", "DE"),
        ("DE8937040044053201300", "DE"),
        ("DE893704004405320130000", "DE"),
        ("DE89 3704 0044 0532 0130 01", "DE"),
        ("DE89-3704-0044-0532-0130-00", "DE"),
        (GERMAN.lower(), "DE"),
        ("DE8937040044053201300X", "DE"),
        ("UA213223130000026007233566002", ""),
        ("UA12345678901234", "UA"),
        ("NO93860111179470", "NO"),
    ],
)
def test_it_refuses_what_is_meant_as_an_iban_and_is_none(account_number: str, country: str) -> None:
    with pytest.raises(InvalidBankDetails) as refusal:
        ensure_bank_details(account_number=account_number, bank_code="", country=country)
    (problem,) = refusal.value.problems
    assert (problem.field, problem.code) == ("account_number", "invalid_iban")
    assert account_number not in f"{refusal.value.detail} {problem.detail} {refusal.value!r}"


@pytest.mark.parametrize(
    "bank_code", ["", "MFO123", "305299", "COBADEFF", "COBADEFFXXX", "cobadeff", "12345678"]
)
def test_it_takes_a_bank_code(bank_code: str) -> None:
    ensure_bank_details(account_number="UA1234567890", bank_code=bank_code, country="")


@pytest.mark.parametrize("bank_code", ["COBAZZFF", "COBAXXFFXXX"])
def test_it_refuses_a_bic_of_no_country(bank_code: str) -> None:
    with pytest.raises(InvalidBankDetails) as refusal:
        ensure_bank_details(account_number="UA1234567890", bank_code=bank_code, country="")
    assert [problem.code for problem in refusal.value.problems] == ["invalid_bic"]


def test_it_names_both() -> None:
    with pytest.raises(InvalidBankDetails) as refusal:
        ensure_bank_details(account_number="DE89370400440532013001", bank_code="COBAZZFF", country="DE")
    assert [problem.field for problem in refusal.value.problems] == ["account_number", "bank_code"]
