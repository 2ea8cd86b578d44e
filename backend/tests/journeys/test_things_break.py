"""What breaks beside the client, and what still holds."""

from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager, suppress
from statistics import median
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cli.embedded.valkey import EmbeddedValkey
    from tests.journeys.stack import Json, Stack


@contextmanager
def stopped(valkey: EmbeddedValkey) -> Iterator[None]:
    """Nobody listens: connections are refused at once."""
    valkey.stop()
    try:
        yield
    finally:
        valkey.start()


@contextmanager
def frozen(valkey: EmbeddedValkey) -> Iterator[None]:
    """The connections are there, and nothing ever answers."""
    os.kill(valkey.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(valkey.pid, signal.SIGCONT)


def kill_worker(stack: Stack) -> None:
    """Kill the worker with all its children, as soon as one is there."""
    while True:
        with suppress(ProcessLookupError):
            return os.killpg(os.getpgid(stack.pid("worker")), signal.SIGKILL)
        time.sleep(0.05)


def timed_posts(stack: Stack, prefix: str, count: int = 30) -> tuple[list[Json], float]:
    """New payouts, one after the other, and the median of the seconds that each took."""
    payouts, seconds = [], []
    for number in range(count):
        started = time.monotonic()
        payouts.append(stack.add_payout(f"{prefix}-{number:04}"))
        seconds.append(time.monotonic() - started)
    return payouts, median(seconds)


@pytest.mark.parametrize("broken", [stopped, frozen])
def test_it_takes_payouts_as_fast_without_redis_and_pays_them_after(
    broken: Callable[[EmbeddedValkey], Iterator[None]], stack: Stack, valkey: EmbeddedValkey
) -> None:
    name = broken.__name__
    _, usual = timed_posts(stack, f"{name}-before")

    with broken(valkey):  # type: ignore[attr-defined]
        payouts, without = timed_posts(stack, f"{name}-during")
        health = httpx.get(stack.ready["url"] + "/health/", trust_env=False)
        ready = httpx.get(stack.ready["url"] + "/health/ready/", trust_env=False)
        listed = stack.http.get("/api/payouts/")
        time.sleep(8)  # long enough for every wait of a reconnecting worker to have grown

    assert health.status_code == 503
    assert health.json() == {"database": True, "redis": False, "status": "degraded"}
    assert ready.status_code == 200
    assert listed.json()["results"][0]["id"] == payouts[-1]["id"]
    assert without < 2 * usual + 0.01
    back = time.monotonic()
    for payout in payouts:
        left = 15 - (time.monotonic() - back)
        stack.wait_for(payout["id"], "confirmed", seconds=left)
        assert len(stack.executions(payout["reference"])) == 1


def test_it_pays_once_when_the_worker_is_killed_in_the_middle_of_a_call(stack: Stack) -> None:
    stack.bank("POST", "/behaviour", json={"latency_ms": 1_500})
    payout = stack.add_payout("killed-in-the-call")
    stack.wait_for(payout["id"], "sending", seconds=5)
    time.sleep(0.3)

    kill_worker(stack)
    stack.bank("POST", "/behaviour", json={"latency_ms": 0})
    paid = stack.wait_for(payout["id"], "confirmed", seconds=40)

    assert paid["status"] == "COMPLETED"
    assert len(stack.executions(payout["reference"])) == 1
    assert "PayoutOutcomeUnknown" in stack.history(payout["id"])


def test_it_pays_once_when_the_worker_is_killed_again_and_again(stack: Stack) -> None:
    stack.bank("POST", "/behaviour", json={"latency_ms": 150})
    payouts = [stack.add_payout(f"killed-often-{number:02}") for number in range(5)]
    for number in range(5):
        kill_worker(stack)
        payouts.append(stack.add_payout(f"killed-often-more-{number:02}"))
        time.sleep(0.7)

    for payout in payouts:
        stack.wait_for(payout["id"], "confirmed", seconds=60)
        assert len(stack.executions(payout["reference"])) == 1
