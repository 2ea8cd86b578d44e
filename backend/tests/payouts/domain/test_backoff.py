from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts.domain.backoff import Backoff

BACKOFF = Backoff(first=timedelta(seconds=30), longest=timedelta(hours=1))


@pytest.mark.parametrize(
    ("tries", "seconds"),
    [(1, 30), (2, 60), (3, 120), (7, 1_920), (8, 3_600), (9, 3_600), (31, 3_600), (10_000_000, 3_600)],
)
def test_it_doubles_up_to_its_longest_wait(tries: int, seconds: int) -> None:
    assert BACKOFF.after(tries) == timedelta(seconds=seconds)


def test_it_never_waits_longer_than_its_longest_even_at_first() -> None:
    assert Backoff(timedelta(minutes=5), timedelta(minutes=1)).after(1) == timedelta(minutes=1)


@given(tries=st.integers(min_value=1, max_value=10**9))
def test_it_never_waits_shorter_after_one_more_try(tries: int) -> None:
    assert BACKOFF.first <= BACKOFF.after(tries) <= BACKOFF.after(tries + 1) <= BACKOFF.longest
