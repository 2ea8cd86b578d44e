"""Somebody asks what became of one payout, and finds it all under one id."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.journeys.stack import wait_until

if TYPE_CHECKING:
    from tests.collector import Collector, SentSpan
    from tests.journeys.stack import Stack

CALLER = "00-11111111111111111111111111111111-2222222222222222-01"


OF_A_PAYMENT = {
    "POST api/payouts/",
    "relay PayoutCreated",
    "claim",
    "relay PayoutSending",
    "send",
    "record COMPLETED",
    "relay PayoutCompleted",
}


def test_it_tells_of_a_payout_in_one_trace_from_post_to_completed(stack: Stack, collector: Collector) -> None:
    answer = stack.http.post(
        "/api/payouts/", json=body_of(stack, "one-trace"), headers={"traceparent": CALLER}
    )
    reference = answer.json()["reference"]
    stack.wait_for(answer.json()["id"], "confirmed")

    trace = whole_trace(collector, reference)

    assert {span.service for span in trace} == {"payouts-web", "payouts-worker", "payouts-relay"}
    assert len({span.trace_id for span in trace}) == 1
    (post,) = [span for span in trace if not span.parent_id]
    assert post.name == "POST api/payouts/"
    assert post.facts["http.response.status_code"] == 201
    assert post.facts["payouts.request_id"] == answer.headers["X-Request-ID"]
    # A stranger's trace is named, and not gone on with.
    assert post.links == [(CALLER.split("-")[1], CALLER.split("-")[2])]
    told = [span for span in trace if span.facts.get("payouts.reference") == reference]
    assert {(span.service, span.name) for span in told} == {
        ("payouts-relay", "relay PayoutCreated"),
        ("payouts-worker", "claim"),
        ("payouts-relay", "relay PayoutSending"),
        ("payouts-worker", "send"),
        ("payouts-worker", "record COMPLETED"),
        ("payouts-relay", "relay PayoutCompleted"),
    }
    assert {span.parent_id for span in told} == {post.span_id}
    assert all(span.links for span in told)


def test_it_measures_the_three_statements_of_a_creation(stack: Stack, collector: Collector) -> None:
    answer = stack.http.post("/api/payouts/", json=body_of(stack, "three-statements"))
    trace = whole_trace(collector, answer.json()["reference"])

    (post,) = [span for span in trace if not span.parent_id]
    of_post = [span for span in trace if span.parent_id == post.span_id and "db.query.text" in span.facts]
    assert [span.name for span in of_post] == ["SELECT", "SELECT", "WITH"]
    assert {span.facts["db.system.name"] for span in of_post} == {"postgresql"}


def test_it_writes_the_same_names_into_every_line_about_the_payout(
    stack: Stack, collector: Collector
) -> None:
    answer = stack.http.post("/api/payouts/", json=body_of(stack, "same-names"))
    reference = answer.json()["reference"]
    trace = whole_trace(collector, reference)

    lines = lines_about(stack, reference)

    assert [(line["process"], line["event"]) for line in lines] == [
        ("web", "payout_created"),
        ("worker", "outcome_recorded"),
    ]
    created, recorded = lines
    assert (created["request_id"], recorded["status"]) == (answer.headers["X-Request-ID"], "COMPLETED")
    assert (
        created["organization_id"] == recorded["organization_id"] == trace[0].facts["payouts.organization_id"]
    )
    assert {line["trace_id"] for line in lines} == {trace[0].trace_id}
    (request,) = [line for line in lines_of(stack, "web") if is_request(line, created["request_id"])]
    assert (request["organization_id"], request["trace_id"]) == (
        created["organization_id"],
        created["trace_id"],
    )


def body_of(stack: Stack, key: str) -> dict[str, Any]:
    return {
        "recipient_id": stack.ready["recipient_id"],
        "amount": "100.50",
        "currency": "USD",
        "idempotency_key": key,
    }


def whole_trace(collector: Collector, reference: str) -> list[SentSpan]:
    """When all have sent what they have seen, each in its own time."""
    seen = wait_until(
        lambda: {"trace": collector.trace_of(reference)},
        lambda found: {span.name for span in found["trace"]} >= OF_A_PAYMENT,
        seconds=20,
    )
    trace: list[SentSpan] = seen["trace"]
    return trace


def lines_of(stack: Stack, process: str) -> list[dict[str, Any]]:
    text = (stack.home / "logs" / f"{process}.log").read_text()
    return [json.loads(line) | {"process": process} for line in text.splitlines() if line.startswith("{")]


def lines_about(stack: Stack, reference: str) -> list[dict[str, Any]]:
    lines = [line for process in ("web", "relay", "worker", "beat") for line in lines_of(stack, process)]
    about = [line for line in lines if line.get("reference") == reference]
    return sorted(about, key=lambda line: str(line["timestamp"]))


def is_request(line: dict[str, Any], request_id: str) -> bool:
    return bool(line["event"] == "request" and line["request_id"] == request_id)
