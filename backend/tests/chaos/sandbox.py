"""The sandbox bank, spoken to past the service: told to misbehave, and asked what it really did."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from tests.chaos.stack import ChaosStack

TIMEOUT_SECONDS = 30.0
WELL_BEHAVED = {"latency_ms": 0, "lost_reply_rate": 0, "error_rate": 0, "idempotent": True, "in_flight_ms": 0}


def set_behaviour(stack: ChaosStack, **switches: Any) -> None:
    """From the next request on, and until they are set otherwise."""
    _call(stack, "POST", "/behaviour", json=switches)


def behave(stack: ChaosStack) -> None:
    set_behaviour(stack, **WELL_BEHAVED)


def count_orders(stack: ChaosStack) -> int:
    """How many orders it was given so far, by its own log; one that is sent twice counts twice."""
    lines = stack.log_text("sandbox_bank").splitlines()
    return sum(json.loads(line)["transfers"] for line in lines if '"transfers_submitted"' in line)


def count_movements(stack: ChaosStack) -> int:
    """How many executions its ledger has."""
    return len(_call(stack, "GET", "/ledger").text.splitlines())


def seconds_until_paying(stack: ChaosStack, *, most_seconds: float = 120.0) -> float:
    """From now until the bank has executed something more; the most when it has not by then."""
    began, before = time.monotonic(), count_movements(stack)
    while (seconds := time.monotonic() - began) < most_seconds and count_movements(stack) == before:
        time.sleep(0.1)
    return seconds


def _call(stack: ChaosStack, method: str, path: str, **request: Any) -> httpx.Response:
    answer = httpx.request(method, stack.bank_url + path, trust_env=False, timeout=TIMEOUT_SECONDS, **request)
    return answer.raise_for_status()
