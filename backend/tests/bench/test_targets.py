from __future__ import annotations

import pytest

from bench.targets import FIGURES, Figure, Verdict

MORE = Figure("create", "create", "/s", "limit", at_least=0.25, aim=0.5)
LESS = Figure("p99", "tail", "ms", "p50", at_least=5, aim=3, more_is_better=False)
ALONE = Figure("start", "start", "s", at_least=10, aim=5, more_is_better=False)
TOLD = Figure("limit", "limit", "/s")


@pytest.mark.parametrize(
    ("figure", "values", "verdict"),
    [
        (MORE, {"create": 24, "limit": 100}, Verdict.SHORT),
        (MORE, {"create": 25, "limit": 100}, Verdict.ENOUGH),
        (MORE, {"create": 50, "limit": 100}, Verdict.AIM),
        (LESS, {"p99": 51, "p50": 10}, Verdict.SHORT),
        (LESS, {"p99": 50, "p50": 10}, Verdict.ENOUGH),
        (LESS, {"p99": 30, "p50": 10}, Verdict.AIM),
        (ALONE, {"start": 10.1}, Verdict.SHORT),
        (ALONE, {"start": 10}, Verdict.ENOUGH),
        (ALONE, {"start": 5}, Verdict.AIM),
        (TOLD, {"limit": 100}, Verdict.TOLD),
        (MORE, {"limit": 100}, Verdict.NOT_MEASURED),
        (MORE, {"create": 24}, Verdict.NOT_MEASURED),
        (MORE, {"create": 24, "limit": 0}, Verdict.NOT_MEASURED),
    ],
)
def test_it_judges_the_ratio(figure: Figure, values: dict[str, float], verdict: Verdict) -> None:
    assert figure.verdict(figure.ratio(values)) is verdict


def test_it_believes_no_figure_with_a_problem_on_either_side() -> None:
    assert MORE.verdict(1.0, {"create"}) is Verdict.INVALID
    assert MORE.verdict(1.0, {"limit"}) is Verdict.INVALID
    assert MORE.verdict(1.0, {"replay"}) is Verdict.AIM


def test_it_has_an_aim_beyond_what_must_be_reached() -> None:
    for figure in FIGURES:
        if figure.at_least is not None and figure.aim is not None:
            assert (figure.aim > figure.at_least) is figure.more_is_better
