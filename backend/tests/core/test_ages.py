from __future__ import annotations

from datetime import timedelta

import pytest

from core.ages import age_in_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7_199, "119 min"), (7_200, "2 h"), (172_800, "2 d")],
)
def test_it_says_an_age_in_the_largest_unit_that_fits(seconds: int, words: str) -> None:
    assert age_in_words(timedelta(seconds=seconds)) == words


def test_it_says_nothing_of_no_age() -> None:
    assert age_in_words(None) == "-"
