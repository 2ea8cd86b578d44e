"""More time for an answer that is made while it is sent.

The web server ends an answer that takes too long to leave. One that goes on making progress says so here
before each piece.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_begin_anew: ContextVar[Callable[[], None] | None] = ContextVar("answer_time_begins_anew", default=None)


@contextmanager
def renewable_by(begin_anew: Callable[[], None]) -> Iterator[None]:
    """Within the block, in this thread, `renew_answer_time` calls this."""
    token = _begin_anew.set(begin_anew)
    try:
        yield
    finally:
        _begin_anew.reset(token)


def renew_answer_time() -> None:
    """The piece that follows may take as long as a whole answer. Nothing happens where nobody counts."""
    begin_anew = _begin_anew.get()
    if begin_anew is not None:
        begin_anew()
