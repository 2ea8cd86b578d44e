from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from core.breaker import Breaker

PATIENCE = 3
FIRST, LONGEST = 1.0, 30.0


@dataclass
class Clock:
    seconds: float = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(patience=PATIENCE, first_pause_seconds=FIRST, longest_pause_seconds=LONGEST, clock=clock)


def fail(breaker: Breaker, times: int = 1) -> None:
    for _ in range(times):
        assert breaker.admit()
        breaker.record_failure()


def rests(breaker: Breaker) -> bool:
    return breaker.is_resting


def test_it_lets_every_call_through_while_all_is_well(breaker: Breaker) -> None:
    for _ in range(100):
        assert breaker.admit()
        breaker.record_success()
    assert not rests(breaker)


def test_it_rests_after_as_many_failures_in_a_row_as_its_patience_allows(breaker: Breaker) -> None:
    fail(breaker, PATIENCE - 1)
    assert not rests(breaker)
    fail(breaker)
    assert rests(breaker)
    assert not breaker.admit()


def test_it_counts_failures_in_a_row_only(breaker: Breaker) -> None:
    for _ in range(10):
        fail(breaker, PATIENCE - 1)
        breaker.record_success()
    assert not rests(breaker)


def test_it_rests_at_once_when_there_is_no_doubt(breaker: Breaker) -> None:
    assert breaker.admit()
    breaker.trip()
    assert rests(breaker)


def test_it_lets_one_caller_through_after_a_pause_and_nobody_else_until_it_has_told(
    breaker: Breaker, clock: Clock
) -> None:
    breaker.trip()
    clock.seconds += FIRST

    assert not rests(breaker)
    assert [breaker.admit() for _ in range(5)] == [True, False, False, False, False]
    assert rests(breaker)
    breaker.record_success()
    assert all(breaker.admit() for _ in range(5))


def test_it_rests_longer_after_each_failed_trial_up_to_the_longest(breaker: Breaker, clock: Clock) -> None:
    breaker.trip()
    for pause_seconds in (1, 2, 4, 8, 16, 30, 30, *[30] * 100):
        clock.seconds += pause_seconds - 0.001
        assert not breaker.admit()
        clock.seconds += 0.001
        fail(breaker)  # one is enough, whatever the patience was


def test_it_begins_with_the_first_pause_again_after_a_success(breaker: Breaker, clock: Clock) -> None:
    for _ in range(6):
        breaker.trip()
    clock.seconds += LONGEST
    assert breaker.admit()
    breaker.record_success()

    fail(breaker, PATIENCE)
    clock.seconds += FIRST
    assert breaker.admit()


def test_it_lets_another_try_when_the_first_is_never_heard_of(breaker: Breaker, clock: Clock) -> None:
    breaker.trip()
    clock.seconds += FIRST
    assert breaker.admit()  # and its thread is gone

    clock.seconds += LONGEST - 0.001
    assert not breaker.admit()
    clock.seconds += 0.001
    assert breaker.admit()


def test_it_lets_one_of_many_threads_through(breaker: Breaker, clock: Clock) -> None:
    breaker.trip()
    clock.seconds += FIRST
    with ThreadPoolExecutor(16) as threads:
        admitted = list(threads.map(lambda _: breaker.admit(), range(200)))
    assert admitted.count(True) == 1
