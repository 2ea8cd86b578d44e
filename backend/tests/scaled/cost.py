"""What a payout costs: processor time of each service while clients ask as fast as they are answered."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import httpx

from tests.chaos.caller import Caller
from tests.chaos.client_log import Kind, Result, percentile
from tests.chaos.facts import wait_for_rest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.chaos.accounts import Account
    from tests.chaos.client_log import ClientLog
    from tests.scaled.compose import ComposeStack

CLIENTS = 8
SECONDS = 20.0
IDLE_SECONDS = 20.0
REST_SECONDS = 120.0
SERVICES = ("nginx", "web", "relay", "worker", "beat", "db", "redis", "cache", "sandbox-bank")
_ENGINE = "/var/run/docker.sock"


@dataclass(frozen=True)
class Cost:
    created: int
    seconds: float
    p50_ms: float
    p99_ms: float
    settled_after_seconds: float
    """From the last creation to the end of the last payout."""
    idle_cpus: Mapping[str, float]
    """Processors that each service keeps busy while nobody asks for anything: polls, sweeps, looks at health."""
    cpu_seconds: Mapping[str, float]
    """By service, from the first creation to the end of the last payout, beyond what it uses idle."""

    def cpu_ms_of_a_payout(self, service: str) -> float:
        return self.cpu_seconds[service] * 1000 / max(self.created, 1)


def measure_cost(stack: ComposeStack, accounts: Sequence[Account], log: ClientLog) -> Cost:
    """The payees are ordinary ones: the bank executes at once, and each payout is one call's part."""
    idle = _Meter(stack)
    time.sleep(IDLE_SECONDS)
    idle_cpus = idle.cpus()

    busy, began = _Meter(stack), time.monotonic()
    _create_for(SECONDS, stack.url, accounts[0], log)
    ended = time.monotonic()
    rest = wait_for_rest(url=stack.url, accounts=accounts, bound_seconds=REST_SECONDS)
    cpu_seconds = busy.cpu_seconds(beyond=idle_cpus)
    calls = [call for call in log.between(began, ended) if call.result is Result.OK]
    return Cost(
        created=len(calls),
        seconds=ended - began,
        p50_ms=percentile([call.seconds for call in calls], 0.5) * 1000,
        p99_ms=percentile([call.seconds for call in calls], 0.99) * 1000,
        settled_after_seconds=rest.seconds,
        idle_cpus=idle_cpus,
        cpu_seconds=cpu_seconds,
    )


class _Meter:
    """What every service has used since this was made."""

    def __init__(self, stack: ComposeStack) -> None:
        self._stack = stack
        self._began = time.monotonic()
        self._before = _cpu_seconds(stack)

    def cpus(self) -> dict[str, float]:
        """On average."""
        used, seconds = _cpu_seconds(self._stack), time.monotonic() - self._began
        return {service: (used[service] - self._before[service]) / seconds for service in SERVICES}

    def cpu_seconds(self, *, beyond: Mapping[str, float]) -> dict[str, float]:
        seconds = time.monotonic() - self._began
        return {service: (cpus - beyond[service]) * seconds for service, cpus in self.cpus().items()}


def _create_for(seconds: float, url: str, account: Account, log: ClientLog) -> None:
    numbers, stopping = count(1), threading.Event()
    with ThreadPoolExecutor(CLIENTS) as clients:
        ends = [clients.submit(_create, url, account, log, numbers, stopping) for _ in range(CLIENTS)]
        time.sleep(seconds)
        stopping.set()
    for end in ends:
        end.result()


def _create(
    url: str, account: Account, log: ClientLog, numbers: count[int], stopping: threading.Event
) -> None:
    with Caller(url, account, log) as caller:
        while not stopping.is_set():
            key = f"cost-{next(numbers):07}"
            body = {
                "recipient_id": account.ordinary[0].recipient_id,
                "amount": "10.00",
                "currency": "EUR",
                "metadata": {"client_key": key},
            }
            caller.send(
                Kind.CREATE, "POST", "/api/payouts/", key=key, body=body, headers={"Idempotency-Key": key}
            )


def _cpu_seconds(stack: ComposeStack) -> dict[str, float]:
    transport = httpx.HTTPTransport(uds=_ENGINE)
    with httpx.Client(transport=transport, base_url="http://engine", timeout=30) as engine:
        return {
            service: sum(_used(engine, container) for container in stack.containers(service))
            for service in SERVICES
        }


def _used(engine: httpx.Client, container: str) -> float:
    answer = engine.get(f"/containers/{container}/stats", params={"stream": "false", "one-shot": "true"})
    nanoseconds: int = answer.raise_for_status().json()["cpu_stats"]["cpu_usage"]["total_usage"]
    return nanoseconds / 1e9
