"""How many requests a web process takes: in work, waiting, and being refused; and how many clients."""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured

# Whoever comes when so many are connected waits in the system's queue.
MOST_CLIENTS = 1_000


@dataclass(frozen=True)
class WebCapacity:
    """Of one process. Who is in work holds a database connection, and nobody else does."""

    in_work: int
    patience_seconds: float = 2.0
    """How long a request waits for its turn. Clients that wait for longer send it again anyway."""

    @property
    def waiting(self) -> int:
        """Fifty clients that come at once get their turn; so many are served within the patience."""
        return 6 * self.in_work

    @property
    def threads(self) -> int:
        """Every request needs one, and some are kept for refusals and for questions about health."""
        return self.in_work + self.waiting + 8

    @property
    def own_files(self) -> int:
        """How many it opens at most beside its clients.

        Logs, pipes and listeners; for each thread a connection to Redis and a file that it sends; for each
        request in work a connection to the database, one more file while that connects, and a connection to
        the counters of the rates. For metrics a port, those who ask there, files, and a connection to each
        server.
        """
        return 56 + 2 * self.threads + 3 * self.in_work

    def clients(self, open_files: int) -> int:
        """How many may be connected to a process which may open so many files.

        One more would end it: Gunicorn does not survive a client that it cannot let in.
        """
        clients = min(MOST_CLIENTS, open_files - self.own_files)
        if clients < self.threads:
            raise TooFewFiles(open_files, needed=self.own_files + self.threads)
        return clients


class TooFewFiles(ImproperlyConfigured):
    def __init__(self, open_files: int, *, needed: int) -> None:
        super().__init__(f"a web process may open {open_files} files, but needs {needed}: see `ulimit -n`")


def web_capacity() -> WebCapacity:
    return WebCapacity(in_work=int(os.environ.get("WEB_THREADS", "8")))


def raise_open_files(needed: int) -> int:
    """Let this process and its children open so many files, or fewer if they may not; returns how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    return allowed
