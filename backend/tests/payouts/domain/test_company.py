from __future__ import annotations

import pytest

from payouts.domain.company import most_together


@pytest.mark.parametrize(("attempt_number", "together"), [(1, 250), (2, 10), (3, 1), (4, 1), (40, 1)])
def test_it_sends_fewer_together_with_each_attempt(attempt_number: int, together: int) -> None:
    assert most_together(attempt_number=attempt_number, largest_batch=250) == together


def test_it_sends_at_least_one() -> None:
    assert most_together(attempt_number=2, largest_batch=3) == 1
