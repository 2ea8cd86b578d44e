from __future__ import annotations

import sys
import unicodedata
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from rest_framework.exceptions import ValidationError

from payouts.api.fields import StrictSerializer, TextField

if TYPE_CHECKING:
    from collections.abc import Iterator

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


for _module in (
    "payouts.api.serializers",
    "payouts.api.query_parameters",
    "console.audit.event_query",
    "console.payouts.list_query",
):
    import_module(_module)


def shapes(of: type[StrictSerializer] = StrictSerializer) -> Iterator[type[StrictSerializer]]:
    for shape in of.__subclasses__():
        yield shape
        yield from shapes(shape)


@pytest.mark.parametrize("shape", list(shapes()), ids=lambda shape: shape.__name__)
def test_it_has_nothing_that_reading_would_pass_over(shape: type[StrictSerializer]) -> None:
    """Of what the framework's serializers may have, and ours do not look for."""
    fields = shape().fields
    assert not [name for name in fields if hasattr(shape, f"validate_{name}")]
    assert not [name for name, field in fields.items() if field.read_only or field.source != name]
    assert not shape().validators
