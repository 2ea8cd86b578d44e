"""Clients that keep asking, reading and correcting while the service is being broken."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from random import Random
from typing import TYPE_CHECKING, Self

from tests.chaos.shopper import Pace, Shopper

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from tests.chaos.accounts import Account
    from tests.chaos.client_log import ClientLog


class MixedLoad:
    """Runs from `start` to `stop`, or within a `with` block.

    A seed repeats what the clients ask for, as far as the answers allow.
    `run_name` begins every idempotency key (at most 40 visible ASCII characters), so that two loads on one
    stack do not meet.
    """

    def __init__(
        self,
        *,
        url: str,
        accounts: Sequence[Account],
        log: ClientLog,
        seed: int | str,
        run_name: str,
        clients: int = 4,
        requests_per_second: float = 20.0,
    ) -> None:
        self._url = url
        self._accounts = accounts
        self._log = log
        self._seed = seed
        self._run_name = run_name
        self._clients = clients
        self._interval_seconds = clients / requests_per_second
        self._stopping = threading.Event()
        self._open = threading.Event()
        self._threads = ThreadPoolExecutor(clients, thread_name_prefix="client")
        self._ends: list[Future[None]] = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        self.resume()
        self._ends = [self._threads.submit(self._run, number) for number in range(self._clients)]

    def pause(self) -> None:
        """Let the clients begin nothing new; what they are at comes to its end."""
        self._open.clear()

    def resume(self) -> None:
        self._open.set()

    def stop(self) -> None:
        """Returns when the last answer is in or given up, at most a client's time-out later.

        Raises what has ended a client that should have gone on.
        """
        self._stopping.set()
        self.resume()
        self._threads.shutdown()
        for end in self._ends:
            end.result()

    def _run(self, number: int) -> None:
        with Shopper(
            url=self._url,
            accounts=self._accounts,
            log=self._log,
            random=Random(f"{self._seed}/{number}"),
            name=f"{self._run_name}-{number}",
            pace=Pace(self._interval_seconds),
            stopping=self._stopping,
        ) as shopper:
            while not self._stopping.is_set():
                self._open.wait()
                shopper.act()
