"""A PostgreSQL that belongs to a few tests, which may do to it what happens to servers."""

from __future__ import annotations

import os
import signal
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from cli.embedded.postgres import EmbeddedPostgres
from cli.embedded.server import ServerNotReady
from tests.servers import home_for_servers

if TYPE_CHECKING:
    from collections.abc import Iterator

RESTART_SECONDS = 20.0


class OwnPostgres(EmbeddedPostgres):
    """On a port that it keeps when it is started again."""

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def start_again(self) -> float:
        """Start it on what it wrote before it was killed; the moment from which it answers."""
        deadline = time.monotonic() + RESTART_SECONDS
        while True:
            try:
                self.start()
            except ServerNotReady:  # the killed server's children still hold its memory
                assert time.monotonic() < deadline
            else:
                return time.monotonic()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """The kernel takes connections for it, and nothing is ever answered."""
        stopped = self._signal(signal.SIGSTOP, self.pid)
        stopped += [pid for child in self._children() for pid in self._signal(signal.SIGSTOP, child)]
        try:
            yield
        finally:
            for pid in reversed(stopped):
                self._signal(signal.SIGCONT, pid)

    @contextmanager
    def without_slots(self, *, taken_from: str) -> Iterator[None]:
        """Every connection that it gives away is taken, those of the named application too."""
        with ExitStack() as occupied, psycopg.connect(self.url, autocommit=True) as ours:
            self._take_slots(occupied)
            ours.execute(
                "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity WHERE application_name = %s",
                [taken_from],
            )
            self._take_slots(occupied)
            yield

    def _take_slots(self, occupied: ExitStack) -> None:
        while True:
            try:
                occupied.enter_context(psycopg.connect(self.url))
            except psycopg.OperationalError:
                return

    def _children(self) -> list[int]:
        # Each child of PostgreSQL leads a session of its own: no group holds them all.
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def _signal(self, number: signal.Signals, pid: int) -> list[int]:
        try:
            os.kill(pid, number)
        except ProcessLookupError:  # a connection that has just been closed
            return []
        return [pid]

    def _discard(self) -> None:
        if self._is_over:
            super()._discard()

    _is_over = False

    def stop_for_good(self) -> None:
        self._is_over = True
        self.stop()


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    with home_for_servers() as home:
        server = OwnPostgres(home=home, durable=False)
        server.start()
        try:
            yield server
        finally:
            server.stop_for_good()
