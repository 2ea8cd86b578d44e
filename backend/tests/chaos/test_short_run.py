"""A run of about two minutes, as `make chaos` would do it, that every change must pass."""

from __future__ import annotations

import pytest

from tests.chaos.plan import make_plan
from tests.chaos.report import outcome_lines
from tests.chaos.rows import choose
from tests.chaos.run import run_chaos
from tests.servers import home_for_servers

SEED = 20_261_122
MINUTES = 2.0
# A person is called early: nothing here takes longer, and nobody waits for it.
TIMES = {"SANDBOX_RAIL_HORIZON_SECONDS": "20"}


@pytest.mark.timeout(500)
def test_it_keeps_every_promise_while_everything_breaks() -> None:
    rows, _ = choose("short")
    plan = make_plan(seed=SEED, rows=rows)
    with home_for_servers() as home:
        outcome = run_chaos(home, seed=SEED, plan=plan, minutes=MINUTES, say=print, environment=TIMES)

    # The machine runs other tests at the same time: what takes long is no news here.
    assert outcome.is_well(timings_count=False), "\n".join(outcome_lines(outcome))
    assert outcome.judgement.figures.payouts > 100
