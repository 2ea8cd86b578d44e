"""An OpenTelemetry collector for tests: takes OTLP over HTTP, and keeps what it was sent."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.proto.common.v1.common_pb2 import KeyValue


@dataclass(frozen=True)
class SentSpan:
    service: str
    instance: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    started_ns: int
    ended_ns: int
    facts: dict[str, str | int]
    links: list[tuple[str, str]]
    """Trace and span id of each."""
    is_error: bool


@dataclass
class Collector:
    url: str
    bodies: list[bytes] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, body: bytes) -> None:
        with self._lock:
            self.bodies.append(body)

    @property
    def spans(self) -> list[SentSpan]:
        with self._lock:
            bodies = list(self.bodies)
        return [span for body in bodies for span in _read(body)]

    def trace_of(self, reference: str) -> list[SentSpan]:
        """All spans of the trace in which the payout was made, in the order in which they began."""
        spans = self.spans
        ids = {span.trace_id for span in spans if span.facts.get("payouts.reference") == reference}
        return sorted(
            (span for span in spans if span.trace_id in ids),
            key=lambda span: (span.started_ns, span.ended_ns),
        )


@contextmanager
def running_collector() -> Iterator[Collector]:
    class Desk(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            collector.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """A test's output is its own."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Desk) as server:
        server.daemon_threads = True
        collector = Collector(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield collector
        server.shutdown()
        thread.join()


def _read(body: bytes) -> Iterator[SentSpan]:
    for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        of_process = _facts(resource.resource.attributes)
        for scope in resource.scope_spans:
            for span in scope.spans:
                yield SentSpan(
                    service=str(of_process["service.name"]),
                    instance=str(of_process["service.instance.id"]),
                    name=span.name,
                    trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(),
                    parent_id=span.parent_span_id.hex(),
                    started_ns=span.start_time_unix_nano,
                    ended_ns=span.end_time_unix_nano,
                    facts=_facts(span.attributes),
                    links=[(link.trace_id.hex(), link.span_id.hex()) for link in span.links],
                    is_error=span.status.code == span.status.STATUS_CODE_ERROR,
                )


def _facts(attributes: Iterator[KeyValue] | list[KeyValue]) -> dict[str, str | int]:
    return {
        each.key: each.value.int_value if each.value.HasField("int_value") else each.value.string_value
        for each in attributes
    }
