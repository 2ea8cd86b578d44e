"""What the present work is about: every line of the log that is written meanwhile says so."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NOTHING: Mapping[str, object] = MappingProxyType({})
_about: ContextVar[Mapping[str, object]] = ContextVar("work_is_about", default=_NOTHING)


def work_is_about() -> Mapping[str, object]:
    return _about.get()


def note_about(**facts: object) -> None:
    """From now on, in this thread, until it is forgotten."""
    _about.set({**_about.get(), **facts})


@contextmanager
def working_on(**facts: object) -> Iterator[None]:
    """Within the block, in this thread."""
    token = _about.set({**_about.get(), **facts})
    try:
        yield
    finally:
        _about.reset(token)


def forget_what_it_was_about() -> None:
    """The thread goes on with other work."""
    _about.set(_NOTHING)
