"""A Valkey that belongs to one test, which may do to it what happens to servers."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import redis

from cli.embedded.valkey import EmbeddedValkey

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class OwnValkey(EmbeddedValkey):
    """Broker in database 0, cache in database 1, on a port that it keeps when it is started again."""

    @property
    def broker_url(self) -> str:
        return self.url

    @property
    def cache_url(self) -> str:
        return f"{self.url.removesuffix('/0')}/1"

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """It takes connections, and answers nothing."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    @contextmanager
    def cache_client(self, *, decode_responses: bool = True) -> Iterator[redis.Redis]:
        with redis.Redis.from_url(self.cache_url, decode_responses=decode_responses) as client:
            yield client


@contextmanager
def own_valkey(home: Path) -> Iterator[OwnValkey]:
    server = OwnValkey(home=home)
    server.start()
    try:
        yield server
    finally:
        server.stop()
