"""How long the work at hand may still wait for the database, all its statements together."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from math import inf
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_ends_at: ContextVar[float] = ContextVar("database_patience_ends_at", default=inf)


@contextmanager
def database_patience(seconds: float) -> Iterator[None]:
    """Within the block no answer of the database is awaited beyond this many seconds from now.

    A block inside another one can only be shorter.
    """
    token = _ends_at.set(min(_ends_at.get(), monotonic() + seconds))
    try:
        yield
    finally:
        _ends_at.reset(token)


def seconds_left() -> float:
    """Infinite outside of every block."""
    return _ends_at.get() - monotonic()
