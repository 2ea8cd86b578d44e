"""How long a payout takes from its creation to COMPLETED while fifty are created each second.

The creations follow the clock and not the answers: one that is late makes none of the others late, and counts
from the moment at which it was due. Its end is seen from outside, in the database, at which this looks every
few milliseconds: what is committed there is what every client is told from then on. Asking the API for each
would measure the asking.
"""

from __future__ import annotations

import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from bench.measured import Measured
from bench.summary import percentile

if TYPE_CHECKING:
    from bench.client import Client
    from bench.recipients import Recipients
    from bench.stack import Stack

PER_SECOND = 50
_CLIENTS = 16
_LOOK_EVERY_SECONDS = 0.01
_REST_SECONDS = 30.0
_COMPLETED = "SELECT id FROM payouts_payout WHERE id = ANY(%s) AND status = 'COMPLETED'"


class _Watch:
    """Notes when each payout was due to be created, and when it was seen COMPLETED."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._due_at: dict[int, float] = {}
        self.took_ms: list[float] = []

    def add(self, payout_id: int, due_at: float) -> None:
        with self._lock:
            self._due_at[payout_id] = due_at

    @property
    def open_ids(self) -> list[int]:
        with self._lock:
            return list(self._due_at)

    def close(self, payout_id: int, seen_at: float) -> None:
        with self._lock:
            self.took_ms.append((seen_at - self._due_at.pop(payout_id)) * 1000)


def measure_completion(stack: Stack, recipients: Recipients, *, seconds: int) -> Measured:
    watch, count = _Watch(), seconds * PER_SECOND
    prefix = f"paced-{secrets.token_hex(4)}"
    is_over = threading.Event()
    looking = threading.Thread(target=_look, args=(stack, watch, is_over))
    looking.start()
    try:
        _create_by_the_clock(stack, recipients, watch, [f"{prefix}-{number}" for number in range(count)])
        _wait_for_the_last(watch)
    finally:
        is_over.set()
        looking.join()
    missing = count - len(watch.took_ms)
    values = {
        f"completed_p{percent}_ms": percentile(watch.took_ms, percent)
        for percent in (50, 99)
        if watch.took_ms
    }
    problem = f"{missing} of {count} payouts were not COMPLETED after {_REST_SECONDS:g} s"
    return Measured(values, dict.fromkeys(values, problem) if missing else {})


def _create_by_the_clock(stack: Stack, recipients: Recipients, watch: _Watch, keys: list[str]) -> None:
    own = threading.local()
    made: list[Client] = []

    def create(key: str, due_at: float) -> None:
        if not hasattr(own, "client"):
            own.client = stack.client()
            made.append(own.client)
        watch.add(own.client.create(key, recipients.first_id)["id"], due_at)

    with ThreadPoolExecutor(_CLIENTS) as clients:
        began = time.monotonic()
        doing = []
        for number, key in enumerate(keys):
            due_at = began + number / PER_SECOND
            time.sleep(max(due_at - time.monotonic(), 0))
            doing.append(clients.submit(create, key, due_at))
        for each in doing:
            each.result()
    for client in made:
        client.close()


def _look(stack: Stack, watch: _Watch, is_over: threading.Event) -> None:
    with stack.connect() as connection:
        while not is_over.wait(_LOOK_EVERY_SECONDS):
            rows = connection.execute(_COMPLETED, [watch.open_ids]).fetchall()
            seen_at = time.monotonic()
            for (payout_id,) in rows:
                watch.close(payout_id, seen_at)


def _wait_for_the_last(watch: _Watch) -> None:
    deadline = time.monotonic() + _REST_SECONDS
    while watch.open_ids and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY_SECONDS)
