from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts.domain.recipient import RecipientChanges, RecipientDetails, RecipientType, mask_account_number


@pytest.mark.parametrize(
    ("account_number", "masked"),
    [
        ("", ""),
        ("1", "*"),
        ("1234567", "*******"),
        ("12345678", "****5678"),
        ("12345678901", "*******8901"),
        ("UA1234567890", "UA******7890"),
        ("UA12345678907890", "UA**********7890"),
        ("DE89370400440532013000", "DE****************3000"),
    ],
)
def test_it_masks_all_but_the_country_and_the_last_four(account_number: str, masked: str) -> None:
    assert mask_account_number(account_number) == masked


@given(account_number=st.text(alphabet="ABCDEFGH0123456789", max_size=64))
def test_it_hides_at_least_half_of_every_account_number(account_number: str) -> None:
    masked = mask_account_number(account_number)

    assert len(masked) == len(account_number)
    assert masked.count("*") * 2 >= len(account_number)


def test_it_keeps_the_account_number_out_of_its_own_description() -> None:
    details = RecipientDetails(type=RecipientType.BUSINESS, name="Initech", account_number="UA1234567890")

    assert "UA1234567890" not in repr(details)
    assert "UA1234567890" not in repr(RecipientChanges(account_number="UA1234567890"))


def test_it_names_the_changes_that_were_given_and_no_other() -> None:
    changes = RecipientChanges(name="Jane Doe", bank_code="", is_active=False)

    assert changes.given() == {"name": "Jane Doe", "bank_code": "", "is_active": False}
    assert RecipientChanges().given() == {}
