"""The order in which everything is measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.limit import measure_limit
from bench.measured import Measured, together
from bench.measures.counting import measure_queries, measure_statements
from bench.measures.creating import measure_create, measure_replay
from bench.measures.finishing import measure_completion
from bench.measures.footprint import measure_memory
from bench.measures.growing import LARGE, measure_growth
from bench.measures.reading import measure_cached_list, measure_detail, measure_uncached_list
from bench.measures.settling import measure_settle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.recipients import Recipients
    from bench.stack import Stack

    Say = Callable[[str], None]


@dataclass(frozen=True)
class Scale:
    """How long things are measured for, in seconds, and how much and how often."""

    warm_up: int
    rounds: int
    """In which the web's figures take turns with the limit."""
    limit: int
    create: int
    read: int
    paced: int
    settled: int
    growth: int
    """The larger of the two numbers of rows; 0 leaves growth out."""
    with_start: bool


FULL = Scale(
    warm_up=3, rounds=3, limit=4, create=6, read=3, paced=15, settled=20_000, growth=LARGE, with_start=True
)
QUICK = Scale(
    warm_up=1, rounds=2, limit=2, create=3, read=2, paced=4, settled=2_000, growth=0, with_start=False
)


def measure_all(
    stack: Stack, recipients: Recipients, scale: Scale, *, is_last: bool, say: Say
) -> Iterator[Measured]:
    """One run of all figures; what takes minutes, or tells of the end, in the last run alone.

    Each of the parts has whatever its figures are compared with, measured next to them: a moment later the
    machine may be half as fast.
    """
    with stack.at_rest():
        say("warming up")
        measure_create(stack, recipients, seconds=scale.warm_up)
        stack.gather_statistics()
        for number in range(1, scale.rounds + 1):
            yield together(_measure_web(stack, recipients, scale, _in_round(say, number, scale.rounds)))
        say("queries per request")
        yield measure_queries(stack, recipients)
    yield together(_measure_at_work(stack, recipients, scale, say))
    if is_last:
        yield measure_memory(stack)
    if is_last and scale.growth:
        with stack.at_rest():
            yield measure_growth(stack, recipients, large=scale.growth, say=say)


def _in_round(say: Say, number: int, rounds: int) -> Say:
    return lambda what: say(f"{what}, {number} of {rounds}")


def _measure_web(stack: Stack, recipients: Recipients, scale: Scale, say: Say) -> Iterator[Measured]:
    """With worker, relay and beat standing still, since the limit, too, creates and does nothing else."""
    say("limit")
    yield _limit(stack, recipients, scale)
    say("create")
    measured, created = measure_create(stack, recipients, seconds=scale.create)
    yield measured
    say("replay")
    yield measure_replay(stack, recipients, created, seconds=scale.read)
    say("list, cached page")
    yield measure_cached_list(stack, seconds=scale.read)
    say("list, uncached")
    yield measure_uncached_list(stack, seconds=scale.read)
    say("detail")
    yield measure_detail(stack, seconds=scale.read)


def _measure_at_work(stack: Stack, recipients: Recipients, scale: Scale, say: Say) -> Iterator[Measured]:
    say("draining what was created")
    with stack.at_rest():
        stack.gather_statistics()
        say("limit")
        yield _limit(stack, recipients, scale)
    say(f"settle {scale.settled:,} payouts")
    yield measure_settle(stack, recipients, payouts=scale.settled)
    say("create, everything at work")
    yield measure_create(stack, recipients, seconds=scale.create, name="create_at_work")[0]
    stack.wait_for_rest()
    say("statements per settled payout")
    yield measure_statements(stack, recipients)
    say("create to COMPLETED")
    yield measure_completion(stack, recipients, seconds=scale.paced)


def _limit(stack: Stack, recipients: Recipients, scale: Scale) -> Measured:
    return Measured({"limit": measure_limit(stack, recipients, seconds=scale.limit)})
