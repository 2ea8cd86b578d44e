"""What is told, kept in the test's own process."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import connection
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from core.tracing import trace_with
from infrastructure.traced_statements import trace_statements
from infrastructure.tracing import OpenTelemetryTracer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


@dataclass(frozen=True)
class Traced:
    exporter: InMemorySpanExporter
    tracer: OpenTelemetryTracer

    def spans(self) -> list[Any]:
        """All that have ended, in the order in which they did."""
        if self.tracer._processor is not None:
            self.tracer._processor.force_flush()
        return list(self.exporter.get_finished_spans())


@contextmanager
def traced(*, continues_callers: bool = False) -> Iterator[Traced]:
    exporter = InMemorySpanExporter()
    tracer = OpenTelemetryTracer(
        make_exporter=lambda: exporter, service="payouts-test", continues_callers=continues_callers
    )
    trace_with(tracer)
    trace_statements(connection)
    try:
        yield Traced(exporter, tracer)
    finally:
        trace_with(None)
        connection.execute_wrappers.clear()
        tracer.flush()
