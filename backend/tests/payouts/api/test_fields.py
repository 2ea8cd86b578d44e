from __future__ import annotations

import sys
import unicodedata

import pytest
from rest_framework.exceptions import ValidationError

from payouts.api.fields import TextField

COMPOSED = "\u1f82"  # of four, as many as there are
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)
# Takes seconds to normalise: every mark of the first kind changes places with every mark of the second.
SLOW = "a" + "\u0345" * 15_900 + "\u0323" * 15_900


def test_it_knows_how_far_a_character_can_be_taken_apart() -> None:
    lengths = {len(unicodedata.normalize("NFD", chr(point))) for point in range(sys.maxunicode + 1)}

    assert (len(DECOMPOSED), max(lengths)) == (4, 4)


@pytest.mark.parametrize("text", [COMPOSED * 10, DECOMPOSED * 10])
def test_it_counts_what_is_left_once_normalised(text: str) -> None:
    assert TextField(max_length=10).run_validation(text) == COMPOSED * 10
    with pytest.raises(ValidationError, match="no more than 9 characters"):
        TextField(max_length=9).run_validation(text)


@pytest.mark.parametrize(
    "text", ["x" * 41, "a\u202e" * 21, " " * 41, SLOW], ids=["letters", "unseen", "blanks", "slow"]
)
def test_it_looks_at_nothing_that_is_too_long_in_any_case(text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TextField(max_length=10).run_validation(text)

    assert refused.value.get_full_details() == [
        {"message": "Ensure this field has no more than 10 characters.", "code": "max_length"}
    ]
