"""What clients see of a web: their calls, when each began, how long it took and how it ended."""

from __future__ import annotations

import itertools
import json
import select
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

HOST = "127.0.0.1"
TIMEOUT_SECONDS = 15.0

_FAILURES = {ConnectionRefusedError: "refused", TimeoutError: "timed out"}


@dataclass(frozen=True)
class Target:
    """A request that is sent again and again, with another idempotency key each time."""

    port: int
    path: str = "/"
    api_key: str = ""
    recipient_id: int = 0
    method: str = "POST"

    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json"}

    def body(self, key: str) -> bytes:
        fields = {"recipient_id": self.recipient_id, "amount": "1.00", "currency": "EUR"}
        return json.dumps(fields | {"idempotency_key": key}).encode()


@dataclass(frozen=True)
class Sample:
    """One call; `seconds` count from when it was due, so that waiting for a free caller counts too."""

    due: float
    seconds: float
    outcome: int | str
    """The status of the answer, or what came instead of one."""
    key: str


class Caller:
    """One client, which never repeats a call, and takes a new connection only when the old one is closed."""

    def __init__(self, target: Target, *, keep_alive: bool) -> None:
        self._target = target
        self._keep_alive = keep_alive
        self._connection: HTTPConnection | None = None

    def call(self, key: str, due: float) -> Sample:
        outcome = self._outcome(key)
        if not (self._keep_alive and isinstance(outcome, int)):
            self.close()
        return Sample(due, time.monotonic() - due, outcome, key)

    def _outcome(self, key: str) -> int | str:
        try:
            return self._status(key)
        except (OSError, HTTPException) as error:
            return next((name for kind, name in _FAILURES.items() if isinstance(error, kind)), "cut")

    def _status(self, key: str) -> int:
        if self._connection is None or _is_closed_by_peer(self._connection):
            self.close()
            self._connection = HTTPConnection(HOST, self._target.port, timeout=TIMEOUT_SECONDS)
        headers = self._target.headers() | ({} if self._keep_alive else {"Connection": "close"})
        self._connection.request(self._target.method, self._target.path, self._target.body(key), headers)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _is_closed_by_peer(connection: HTTPConnection) -> bool:
    # Every pool of connections looks before it uses one again. Closed after an answer, there is no socket.
    sock: socket.socket | None = connection.sock
    return sock is None or bool(select.select([sock], [], [], 0)[0])


def open_loop(
    target: Target,
    *,
    per_second: float,
    seconds: float,
    callers: int = 64,
    keep_alive: bool = True,
    prefix: str = "open",
) -> list[Sample]:
    """Calls that come at their times, however long the answers take, while a caller is free."""
    return _drive(target, _evenly(per_second, seconds), callers=callers, keep_alive=keep_alive, prefix=prefix)


def closed_loop(
    target: Target, *, seconds: float, callers: int = 16, keep_alive: bool = True, prefix: str = "closed"
) -> list[Sample]:
    """Each caller calls again as soon as it has an answer."""
    return _drive(target, _at_once(seconds), callers=callers, keep_alive=keep_alive, prefix=prefix)


def _evenly(per_second: float, seconds: float) -> Iterator[float]:
    began = time.monotonic()
    return (began + number / per_second for number in range(int(per_second * seconds)))


def _at_once(seconds: float) -> Iterator[float]:
    ends = time.monotonic() + seconds
    return itertools.takewhile(lambda due: due < ends, iter(time.monotonic, None))


def _drive(
    target: Target, times: Iterator[float], *, callers: int, keep_alive: bool, prefix: str
) -> list[Sample]:
    run = f"{prefix}-{time.time_ns():x}"
    numbered, taking = enumerate(times), threading.Lock()

    def work() -> list[Sample]:
        caller = Caller(target, keep_alive=keep_alive)
        samples: list[Sample] = []
        while True:
            with taking:
                number, due = next(numbered, (0, None))
            if due is None:
                caller.close()
                return samples
            time.sleep(max(0.0, due - time.monotonic()))
            samples.append(caller.call(f"{run}-{number}", due))

    with ThreadPoolExecutor(callers) as pool:
        shares = [pool.submit(work) for _ in range(callers)]
    return sorted(itertools.chain(*(share.result() for share in shares)), key=lambda sample: sample.due)


@contextmanager
def trickling(port: int, beginning: bytes, *, count: int, pause_seconds: float = 1.0) -> Iterator[None]:
    """That many clients which have sent the beginning of a request, and go on with one byte at a time."""
    over = threading.Event()
    with ExitStack() as opened:
        clients = [opened.enter_context(socket.create_connection((HOST, port))) for _ in range(count)]
        for client in clients:
            client.sendall(beginning)
        sender = threading.Thread(target=_trickle, args=(clients, over, pause_seconds))
        sender.start()
        try:
            yield
        finally:
            over.set()
            sender.join()


def _trickle(clients: list[socket.socket], over: threading.Event, pause_seconds: float) -> None:
    while clients and not over.wait(pause_seconds):
        clients = [client for client in clients if _takes_a_byte(client)]


def _takes_a_byte(client: socket.socket) -> bool:
    try:
        return client.send(b"x") == 1
    except OSError:  # the server has had enough
        return False


def outcomes(samples: Iterable[Sample]) -> Counter[int | str]:
    return Counter(sample.outcome for sample in samples)


def with_outcome(samples: Iterable[Sample], *wanted: int | str) -> list[Sample]:
    return [sample for sample in samples if sample.outcome in wanted]


def ended_within(samples: Sequence[Sample], seconds: float) -> list[Sample]:
    """Those that had their answer so many seconds after the first was due."""
    began = min(sample.due for sample in samples)
    return [sample for sample in samples if sample.due + sample.seconds <= began + seconds]


def percentile(samples: Sequence[Sample], share: float = 0.99) -> float:
    """The seconds within which this share of the calls had ended."""
    seconds = sorted(sample.seconds for sample in samples)
    return seconds[min(int(len(seconds) * share), len(seconds) - 1)]


def longest_gap(samples: Iterable[Sample], *wanted: int | str) -> float:
    """The longest time, in seconds, in which no call ended in one of the ways that were wanted."""
    ends = sorted(sample.due + sample.seconds for sample in samples if sample.outcome in wanted)
    return max((later - earlier for earlier, later in itertools.pairwise(ends)), default=float("inf"))
