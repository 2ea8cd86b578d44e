from __future__ import annotations

import pytest

from bench.summary import Summary, percentile, summarise, summarise_each


def test_it_tells_the_middle_and_both_ends() -> None:
    assert summarise([3.0, 1.0, 2.0]) == Summary(2.0, 1.0, 3.0)


def test_it_summarises_what_some_runs_have_not_measured() -> None:
    runs = [{"create": 1.0}, {"create": 3.0, "start": 5.0}]
    assert summarise_each(runs) == {"create": Summary(2.0, 1.0, 3.0), "start": Summary(5.0, 5.0, 5.0)}


@pytest.mark.parametrize(("percent", "value"), [(0, 1), (50, 50), (99, 99), (99.5, 100), (100, 100)])
def test_it_takes_the_nearest_rank(percent: float, value: int) -> None:
    assert percentile(range(1, 101), percent) == value


def test_it_knows_no_percentile_of_nothing() -> None:
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 50)
