from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from core import tracing
from infrastructure.http_client import fetch, make_client
from infrastructure.tracing import OpenTelemetryTracer, read_traceparent, write_traceparent
from tests.collector import running_collector
from tests.infrastructure.raw_server import http_answer, raw_server
from tests.infrastructure.traced import Traced, traced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infrastructure.raw_server import Conversation

BACKEND = Path(__file__).parents[2]
TRACE, SPAN = "4b" * 16, "0f" * 8
THEIRS = f"00-{TRACE}-{SPAN}-01"


@pytest.fixture
def told() -> Iterator[Traced]:
    with traced() as told:
        yield told


def test_it_reads_what_it_writes() -> None:
    context = read_traceparent(THEIRS)
    assert context is not None
    assert (f"{context.trace_id:032x}", f"{context.span_id:016x}") == (TRACE, SPAN)
    assert context.is_remote
    assert write_traceparent(context) == THEIRS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00",
        THEIRS + "-",
        THEIRS + "\n",
        " " + THEIRS,
        THEIRS.upper(),
        f"01-{TRACE}-{SPAN}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[1:]}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}-zz",
        f"00-{TRACE}-{SPAN}-٠١",
        "0" * 100_000,
    ],
)
def test_it_takes_nothing_for_a_traceparent_that_is_not_one(text: str) -> None:
    assert read_traceparent(text) is None


def test_it_begins_a_trace_of_its_own_and_names_the_callers(told: Traced) -> None:
    with tracing.serve("GET", caller=THEIRS):
        present = tracing.present_traceparent()

    (span,) = told.spans()
    assert span.context.trace_id != int(TRACE, 16)
    assert span.parent is None
    assert [link.context.trace_id for link in span.links] == [int(TRACE, 16)]
    assert present == write_traceparent(span.context)


def test_it_goes_on_with_the_callers_trace_when_told_to() -> None:
    with traced(continues_callers=True) as told, tracing.serve("GET", caller=THEIRS):
        assert tracing.trace_id_of(tracing.present_traceparent()) == TRACE
    (span,) = told.spans()
    assert span.parent is not None
    assert span.parent.span_id == int(SPAN, 16)


def test_it_takes_a_broken_traceparent_for_none(told: Traced) -> None:
    with tracing.serve("GET", caller="00-not-a-trace"):
        pass
    (span,) = told.spans()
    assert (span.parent, list(span.links)) == (None, [])


def test_it_leaves_what_is_not_sampled_without_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_always_off")
    with traced() as told:
        with tracing.serve("GET", caller=THEIRS), tracing.call("SELECT"):
            assert tracing.present_traceparent() == ""
        assert told.spans() == []


def test_it_does_not_let_a_caller_decide_what_is_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0")
    with traced() as told:
        with tracing.serve("GET", caller=THEIRS):
            pass
        assert told.spans() == []


def test_it_tells_a_step_in_the_trace_of_each_payout_and_of_no_other(told: Traced) -> None:
    other = THEIRS.replace("4b4b", "5b4b")
    with tracing.batch("process_payouts"), tracing.step("send", rail="sandbox") as step:
        step.concern(THEIRS, {"reference": "A"})
        step.concern(other, {"reference": "B"}, detail="again")
        step.concern("", {"reference": "C"})
        step.concern("broken", {"reference": "D"})

    spans = {span.name: span for span in told.spans()}
    own, batch = spans["send"], spans["process_payouts"]
    assert set(spans) == {"process_payouts", "send", "send again"}
    references = [
        span.attributes["payouts.reference"]
        for span in told.spans()
        if "payouts.reference" in span.attributes
    ]
    assert references == ["A", "B"]
    (first,) = [span for span in told.spans() if span.attributes.get("payouts.reference") == "A"]
    assert (first.parent.span_id, first.context.trace_id) == (int(SPAN, 16), int(TRACE, 16))
    assert first.attributes["payouts.rail"] == "sandbox"
    (step_in_batch,) = [
        span for span in told.spans() if span.parent and span.parent.span_id == batch.context.span_id
    ]
    assert [link.context.span_id for link in first.links] == [step_in_batch.context.span_id]
    assert {link.context.trace_id for link in step_in_batch.links} == {
        int(TRACE, 16),
        int(TRACE.replace("4b4b", "5b4b"), 16),
    }
    assert own.end_time is not None


def test_it_says_how_a_step_failed_and_not_in_which_words(told: Traced) -> None:
    def fail() -> None:
        with tracing.batch("batch"), tracing.step("send") as step:
            step.concern(THEIRS, {})
            raise ValueError("UA909876543210")

    with pytest.raises(ValueError, match="UA909876543210"):
        fail()

    spans = told.spans()
    assert [span.attributes["error.type"] for span in spans] == ["ValueError"] * 3
    assert "UA909876543210" not in "".join(span.to_json() for span in spans)


def test_it_measures_calls_as_parts_of_work_only(told: Traced) -> None:
    with tracing.call("SELECT"):
        pass
    with tracing.batch("batch"), tracing.call("SELECT", statement="x" * 10_000):
        pass
    call, batch = told.spans()
    assert (call.name, call.parent.span_id, batch.parent) == ("SELECT", batch.context.span_id, None)
    assert len(call.attributes["db.query.text"]) == 2_000


def test_it_tells_a_bank_of_no_trace(told: Traced) -> None:
    heard = []

    def listen(conversation: Conversation) -> None:
        heard.append(conversation.read_request())
        conversation.send(http_answer(b"{}"))

    with (
        raw_server(listen) as server,
        make_client(base_url=server.url, connect_seconds=1, total_seconds=1) as client,
        tracing.batch("batch"),
    ):
        fetch(client, "GET", "/transfers", deadline_seconds=2, params={"key": ["01J-1"]})

    assert len(heard) == 1
    assert b"trace" not in heard[0].lower()
    call, _ = told.spans()
    assert dict(call.attributes) == {
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "server.address": "127.0.0.1",
    }


def test_it_costs_nothing_when_nobody_is_told() -> None:
    assert tracing.present_traceparent() == ""
    steps = tracing.step("a"), tracing.call("b"), tracing.serve("c", caller=THEIRS), tracing.batch("d")
    assert len({id(step) for step in steps}) == 1


SPEAK = """
import os, sys, time
from core import tracing
from infrastructure.tracing import start_tracing

def work(name, times=1):
    for _ in range(times):
        with tracing.batch(name):
            pass

start_tracing(service="payouts-test", version="1", continues_callers=False)
work("parent")
if "fork" in sys.argv:
    child = os.fork()
    work("before the child" if child else "child")
    if child:
        os.waitpid(child, 0)
started = time.monotonic()
work("many", 5_000 if "many" in sys.argv else 1)
print(time.monotonic() - started)
"""


def speak(endpoint: str, *words: str) -> tuple[float, float]:
    """Seconds that the work took, and the whole process from then on."""
    done = subprocess.run(
        [sys.executable, "-c", SPEAK, *words],
        cwd=BACKEND,
        env={
            "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
            "OTEL_METRICS_EXPORTER": "none",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return float(done.stdout.splitlines()[-1]), time.monotonic()


def test_it_sends_what_each_process_has_to_tell_before_it_ends() -> None:
    with running_collector() as collector:
        speak(collector.url, "fork")
    instances = {span.name: span.instance for span in collector.spans}
    assert instances["child"] != instances["parent"] == instances["before the child"]
    assert sorted(span.name for span in collector.spans) == [
        "before the child",
        "child",
        "many",
        "many",
        "parent",
    ]


def test_it_never_waits_for_a_collector_that_hangs() -> None:
    def hang(conversation: Conversation) -> None:
        conversation.read_request()
        time.sleep(5)

    started = time.monotonic()
    with raw_server(hang) as server:
        work_seconds, ended = speak(server.url, "many")
    assert work_seconds < 3  # it would be five for each batch
    assert ended - started < 20


def test_it_never_waits_for_a_collector_that_is_away() -> None:
    work_seconds, _ = speak("http://127.0.0.1:9", "many")
    assert work_seconds < 3


def test_it_takes_no_more_than_its_queue_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "10")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10")
    exporter = InMemorySpanExporter()
    tracer = OpenTelemetryTracer(make_exporter=lambda: exporter, service="payouts-test")
    for _ in range(100):
        with tracer.batch("work"):
            pass
    tracer.flush()
    assert 0 < len(exporter.get_finished_spans()) <= 100
