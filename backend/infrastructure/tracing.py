"""Traces for OpenTelemetry, sent as OTLP over HTTP. The only module that knows its libraries.

What is sent is chosen here, and not by the instrumentations of libraries: those take along paths, addresses
and headers, in which clients may have put anything (docs/adr/0038).
"""

from __future__ import annotations

import atexit
import os
import re
import socket
import threading
import time
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from celery.signals import worker_process_shutdown
from django.db.backends.signals import connection_created
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, StatusCode, TraceFlags

from core.tracing import trace_with
from infrastructure.traced_statements import trace_statements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from opentelemetry.sdk.trace.export import SpanExporter

    from core.tracing import Fact

# Longer than a collector needs that is there, and no burden on a restart when it is not.
FLUSH_SECONDS = 2.0
MOST_TEXT = 2_000

_TRACEPARENT = re.compile(r"00-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})", re.ASCII)
_KIND_OF_STEP = {"send": SpanKind.CLIENT, "inquire": SpanKind.CLIENT, "relay": SpanKind.CONSUMER}
# What OpenTelemetry has a name for.
_STANDARD_NAMES = {
    "method": "http.request.method",
    "route": "http.route",
    "status_code": "http.response.status_code",
    "server": "server.address",
    "database": "db.system.name",
    "operation": "db.operation.name",
    "statement": "db.query.text",
}


def start_tracing(*, service: str, version: str, continues_callers: bool) -> None:
    """Trace this process, and each that is forked from it. No work ever waits for the collector."""
    tracer = OpenTelemetryTracer(
        make_exporter=OTLPSpanExporter, service=service, version=version, continues_callers=continues_callers
    )
    # The exporter works in a thread, which a fork would not take along: each process makes its own when it
    # has something to tell for the first time.
    os.register_at_fork(after_in_child=tracer.forget)
    atexit.register(tracer.flush)
    # A worker's child leaves without what is registered for the exit.
    worker_process_shutdown.connect(tracer.flush, weak=False)
    connection_created.connect(trace_statements)
    trace_with(tracer)


def read_traceparent(text: str) -> SpanContext | None:
    """By W3C Trace Context, version 00; None for whatever is not one to the letter."""
    match = _TRACEPARENT.fullmatch(text)
    if match is None:
        return None
    flags = TraceFlags(int(match[3], 16) & TraceFlags.SAMPLED)
    return SpanContext(int(match[1], 16), int(match[2], 16), is_remote=True, trace_flags=flags)


def write_traceparent(context: SpanContext) -> str:
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


class OpenTelemetryTracer:
    """The `core.tracing.Tracer` that sends."""

    def __init__(
        self,
        *,
        make_exporter: Callable[[], SpanExporter],
        service: str,
        version: str = "",
        continues_callers: bool = False,
    ) -> None:
        self._make_exporter = make_exporter
        self._service, self._version = service, version
        self._continues_callers = continues_callers
        self.forget()

    # --- The process ---

    def forget(self) -> None:
        """For a forked process: what the parent has, its threads too, is the parent's."""
        self._starting = threading.Lock()
        self._tracer: trace.Tracer | None = None
        self._processor: BatchSpanProcessor | None = None

    def flush(self, **_: object) -> None:
        """Send what waits, within a moment, and take nothing any more."""
        if self._processor is not None:
            # The method of the processor itself waits for half a minute.
            self._processor._batch_processor.shutdown(timeout_millis=round(FLUSH_SECONDS * 1000))  # noqa: SLF001

    @property
    def _spans(self) -> trace.Tracer:
        if self._tracer is None:
            with self._starting:
                self._tracer = self._tracer or self._start()
        return self._tracer

    def _start(self) -> trace.Tracer:
        resource = Resource.create(
            {
                "service.name": self._service,
                "service.version": self._version,
                "service.instance.id": f"{socket.gethostname()}:{os.getpid()}",
            }
        )
        provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._processor = BatchSpanProcessor(self._make_exporter())
        provider.add_span_processor(self._processor)
        return provider.get_tracer("payouts", self._version)

    # --- What is measured ---

    def present(self) -> str:
        span = trace.get_current_span()
        return write_traceparent(span.get_span_context()) if span.is_recording() else ""

    @contextmanager
    def serve(self, name: str, *, caller: str) -> Iterator[_Measured]:
        theirs = read_traceparent(caller)
        links = []
        if theirs and not self._continues_callers:
            # A stranger decides neither what is kept nor whose trace it is put into. Ours names it.
            links, theirs = [Link(theirs)], None
        with self._measured(
            name, context=_below(theirs), kind=SpanKind.SERVER, links=links, facts={}
        ) as measured:
            yield measured

    @contextmanager
    def batch(self, name: str, **facts: Fact) -> Iterator[_Measured]:
        with self._measured(name, context=Context(), kind=SpanKind.CONSUMER, facts=facts) as measured:
            yield measured

    def call(self, name: str, **facts: Fact) -> AbstractContextManager[_Measured]:
        return self._part(name, SpanKind.CLIENT, facts)

    @contextmanager
    def step(self, name: str, **facts: Fact) -> Iterator[_Step]:
        step = _Step(self._spans, name, facts)
        try:
            with self._part(name, step.kind, facts) as own:
                step.span = own.span
                step.links = [Link(own.span.get_span_context())] if own.span.is_recording() else []
                try:
                    yield step
                except BaseException as error:
                    step.failure = type(error).__name__
                    raise
        finally:
            step.tell_payouts()

    def link(self, traceparent: str) -> None:
        if theirs := read_traceparent(traceparent):
            trace.get_current_span().add_link(theirs)

    def _part(
        self, name: str, kind: SpanKind, facts: Mapping[str, Fact]
    ) -> AbstractContextManager[_Measured]:
        if not trace.get_current_span().is_recording():
            return nullcontext(_Measured(trace.INVALID_SPAN))
        return self._measured(name, kind=kind, facts=facts)

    @contextmanager
    def _measured(
        self,
        name: str,
        *,
        kind: SpanKind,
        facts: Mapping[str, Fact],
        context: Context | None = None,
        links: list[Link] | None = None,
    ) -> Iterator[_Measured]:
        with self._spans.start_as_current_span(
            name,
            context=context,
            kind=kind,
            links=links,
            attributes=_attributes(facts),
            # The text of an exception may hold anything, as may what its frames have in hand.
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            measured = _Measured(span)
            try:
                yield measured
            except BaseException as error:
                measured.fail(type(error).__name__)
                raise


class _Measured:
    """The `core.tracing.Span` around one of OpenTelemetry."""

    def __init__(self, span: trace.Span) -> None:
        self.span = span

    def tell(self, *, name: str = "", **facts: Fact) -> None:
        if name:
            self.span.update_name(name)
        self.span.set_attributes(_attributes(facts))

    def fail(self, kind: str) -> None:
        self.span.set_status(StatusCode.ERROR)
        self.span.set_attribute("error.type", kind)


class _Step(_Measured):
    """Measured once, and told in the trace of every payout that it concerns, linked both ways."""

    def __init__(self, spans: trace.Tracer, name: str, facts: Mapping[str, Fact]) -> None:
        super().__init__(trace.INVALID_SPAN)
        self.failure = ""
        self.links: list[Link] = []
        self.kind = _KIND_OF_STEP.get(name, SpanKind.INTERNAL)
        self._spans, self._name, self._facts = spans, name, facts
        self._started_ns = time.time_ns()
        self._concerned: list[tuple[SpanContext, str, Mapping[str, Fact]]] = []

    def concern(self, traceparent: str, facts: Mapping[str, Fact], *, detail: str = "") -> None:
        if theirs := read_traceparent(traceparent):
            self._concerned.append((theirs, detail, facts))
            self.span.add_link(theirs)

    def fail(self, kind: str) -> None:
        super().fail(kind)
        self.failure = kind

    def tell_payouts(self) -> None:
        ended_ns = time.time_ns()
        for theirs, detail, facts in self._concerned:
            span = self._spans.start_span(
                f"{self._name} {detail}".rstrip(),
                context=_below(theirs),
                kind=self.kind,
                links=self.links,
                attributes=_attributes({**self._facts, **facts}),
                start_time=self._started_ns,
            )
            if self.failure:
                _Measured(span).fail(self.failure)
            span.end(ended_ns)


def _below(parent: SpanContext | None) -> Context:
    """Of this parent, or of none: never of what the thread has at hand."""
    return Context() if parent is None else trace.set_span_in_context(NonRecordingSpan(parent), Context())


def _attributes(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    return {
        _STANDARD_NAMES.get(name, f"payouts.{name}"): value[:MOST_TEXT] if isinstance(value, str) else value
        for name, value in facts.items()
    }
