"""How many requests a web process takes: in work, waiting, and being refused."""

from __future__ import annotations

import os
from dataclasses import dataclass


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


def web_capacity() -> WebCapacity:
    return WebCapacity(in_work=int(os.environ.get("WEB_THREADS", "8")))
