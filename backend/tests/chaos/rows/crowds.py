"""Too many clients, and clients that are too slow."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.chaos.matrix import Figure, OwnRow
from tests.chaos.report import judgement_figures
from tests.chaos.resources import measure_resources
from tests.chaos.stage import folder, open_stage
from tests.config.web_measures import (
    Target,
    closed_loop,
    ended_within,
    open_loop,
    percentile,
    trickling,
    with_outcome,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.chaos.stage import Stage

PEAK_SECONDS = 15.0
OVERLOAD_SECONDS = 60.0
BURST_SECONDS = 10.0
OVERLOAD = 2.0
CALLERS = 128
LEAST_GOODPUT = 0.8
# Clients that are all waiting for an answer are no overload: most of what is due must really be asked for.
LEAST_ASKED = 1.6
LONGEST_WAIT_SECONDS = 5.0
SLOW_CLIENTS = 20
CALM_SECONDS = 10.0
# Of the slowest hundredth; a busy machine adds as much now and then.
LEAST_SLOWNESS_SECONDS = 0.05


def overload(seed: int) -> Sequence[Figure]:
    """As many as can be served, from clients that wait; then twice as many, from clients that do not."""
    with folder() as home, open_stage(home, name=f"overload-{seed}") as stage:
        target = _target(stage)
        peak = len(with_outcome(closed_loop(target, seconds=PEAK_SECONDS), 201)) / PEAK_SECONDS
        # Each thread makes a connection to Valkey when it is first needed, and keeps it.
        open_loop(target, per_second=OVERLOAD * peak, seconds=BURST_SECONDS, callers=CALLERS)
        before = measure_resources(stage.stack)
        samples = open_loop(target, per_second=OVERLOAD * peak, seconds=OVERLOAD_SECONDS, callers=CALLERS)
        judgement = stage.judge(before)
    taken, answered = with_outcome(samples, 201), ended_within(samples, OVERLOAD_SECONDS)
    goodput = len(with_outcome(answered, 201)) / OVERLOAD_SECONDS
    return [
        Figure("payouts per second at the peak", peak),
        Figure(
            "answered per second, as share of the peak",
            len(answered) / OVERLOAD_SECONDS / peak,
            at_least=LEAST_ASKED,
        ),
        Figure("goodput, as share of the peak", goodput / peak, at_least=LEAST_GOODPUT),
        Figure("refused with 429 or 503", len(with_outcome(samples, 429, 503)), at_least=1),
        Figure("other answers, or none", len(samples) - len(with_outcome(samples, 201, 429, 503)), at_most=0),
        Figure("p99 of what was taken, in seconds", percentile(taken), at_most=LONGEST_WAIT_SECONDS),
        Figure("taken, and not there", len(taken) - judgement.figures.payouts, at_most=0),
        *judgement_figures(judgement),
    ]


def trickle(seed: int) -> Sequence[Figure]:
    """Clients that send one byte a second, half of them of their headers and half of their bodies."""
    with folder() as home, open_stage(home, name=f"trickle-{seed}") as stage:
        target = _target(stage)
        alone = closed_loop(target, seconds=CALM_SECONDS, callers=2)
        head = b"POST /api/payouts/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "
        body = b"POST /api/payouts/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 500\r\n\r\n{"
        with (
            trickling(target.port, head, count=SLOW_CLIENTS // 2),
            trickling(target.port, body, count=SLOW_CLIENTS // 2),
        ):
            beside = closed_loop(target, seconds=CALM_SECONDS, callers=2)
        judgement = stage.judge()
    ratio = percentile(beside) / max(percentile(alone), LEAST_SLOWNESS_SECONDS)
    return [
        Figure("clients that send a byte a second", SLOW_CLIENTS),
        Figure("others' p99, as multiple of normal", ratio, at_most=2, is_timing=True),
        Figure("others that failed", len(beside) - len(with_outcome(beside, 201)), at_most=0),
        *judgement_figures(judgement),
    ]


def _target(stage: Stage) -> Target:
    account = stage.accounts[0]
    return Target(
        port=urlsplit(stage.stack.url).port or 0,
        path="/api/payouts/",
        api_key=account.api_key,
        recipient_id=account.ordinary[0].recipient_id,
    )


ROWS = (
    OwnRow("overload", "2 × overload for a minute", "429 or 503; goodput ≥ 80 % of peak", overload),
    OwnRow("slow-clients", "clients that send one byte a second", "others' p99 < 2 ×", trickle),
)
