"""What is told of a payout's way as one trace. Nothing is, until the infrastructure sets a `Tracer`.

A payout keeps the `traceparent` (W3C Trace Context) of the request that made it, or "" when that request is
not traced. Work on many payouts at once is measured once, and told in the trace of each.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

Fact = str | int


class Span(Protocol):
    """A piece of work that is being measured. Facts are ids and kinds: never names, numbers or contents."""

    def tell(self, *, name: str = "", **facts: Fact) -> None:
        """Add facts, and another name if one is given."""

    def fail(self, kind: str) -> None:
        """It did not end well, in this way."""


class Step(Span, Protocol):
    def concern(self, traceparent: str, facts: Mapping[str, Fact], *, detail: str = "") -> None:
        """When the work is done, tell of it in that trace too, as a span of its own."""


class Tracer(Protocol):
    def present(self) -> str:
        """The traceparent of the work that is being measured; empty when none is."""

    def serve(self, name: str, *, caller: str) -> AbstractContextManager[Span]:
        """Measure the answer to a request, which may say itself to belong to the trace `caller`."""

    def batch(self, name: str, **facts: Fact) -> AbstractContextManager[Span]:
        """Measure work on many payouts, in a trace of its own."""

    def step(self, name: str, **facts: Fact) -> AbstractContextManager[Step]:
        """Measure a part of the present work, and what it is to each payout that it concerns."""

    def call(self, name: str, **facts: Fact) -> AbstractContextManager[Span]:
        """Measure a call to another server, as a part of the present work; nothing when there is none."""

    def link(self, traceparent: str) -> None:
        """The present work has to do with that trace."""


class _Nothing:
    def tell(self, *, name: str = "", **facts: Fact) -> None: ...
    def concern(self, traceparent: str, facts: Mapping[str, Fact], *, detail: str = "") -> None: ...
    def fail(self, kind: str) -> None: ...


_NOTHING: AbstractContextManager[Step] = nullcontext(_Nothing())
_tracer: Tracer | None = None


def trace_with(tracer: Tracer | None) -> None:
    """From now on everything is told to this one; to nobody with None."""
    global _tracer  # noqa: PLW0603  one for the process, as the log is
    _tracer = tracer


def present_traceparent() -> str:
    return "" if _tracer is None else _tracer.present()


def serve(name: str, *, caller: str) -> AbstractContextManager[Span]:
    return _NOTHING if _tracer is None else _tracer.serve(name, caller=caller)


def batch(name: str, **facts: Fact) -> AbstractContextManager[Span]:
    return _NOTHING if _tracer is None else _tracer.batch(name, **facts)


def step(name: str, **facts: Fact) -> AbstractContextManager[Step]:
    return _NOTHING if _tracer is None else _tracer.step(name, **facts)


def call(name: str, **facts: Fact) -> AbstractContextManager[Span]:
    return _NOTHING if _tracer is None else _tracer.call(name, **facts)


def link(traceparent: str) -> None:
    if _tracer is not None:
        _tracer.link(traceparent)


def trace_id_of(traceparent: str) -> str:
    """The part that names the whole trace; empty when there is none."""
    return traceparent[3:35]
