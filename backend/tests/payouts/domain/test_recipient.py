from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts.domain.recipient import (
    RecipientChanges,
    RecipientDetails,
    RecipientType,
    mask_account_number,
    mask_account_numbers_in,
)


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


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("The account is closed.", "The account is closed."),
        ("No account UA1234567890 here.", "No account UA******7890 here."),
        ("UA12 3456 7890: closed", "UA********7890: closed"),
        ("1234-5678-9012-3456 is frozen", "12*************3456 is frozen"),
        ("Error 17 at step 3, code E42.", "Error 17 at step 3, code E42."),
        ("", ""),
    ],
)
def test_it_masks_account_numbers_in_the_words_of_others(text: str, masked: str) -> None:
    assert mask_account_numbers_in(text) == masked


@given(
    account_number=st.from_regex(r"[A-Z]{2}[0-9]{10,30}", fullmatch=True),
    words=st.text(alphabet="abc .,:", max_size=20),
)
def test_it_never_leaves_an_account_number_in_a_text(account_number: str, words: str) -> None:
    assert account_number not in mask_account_numbers_in(f"{words} {account_number} {words}")


def test_it_keeps_the_account_number_out_of_its_own_description() -> None:
    details = RecipientDetails(type=RecipientType.BUSINESS, name="Initech", account_number="UA1234567890")

    assert "UA1234567890" not in repr(details)
    assert "UA1234567890" not in repr(RecipientChanges(account_number="UA1234567890"))


def test_it_names_the_changes_that_were_given_and_no_other() -> None:
    changes = RecipientChanges(name="Jane Doe", bank_code="", is_active=False)

    assert changes.given() == {"name": "Jane Doe", "bank_code": "", "is_active": False}
    assert RecipientChanges().given() == {}
