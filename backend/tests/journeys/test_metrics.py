"""What a running service tells Prometheus, on the port of each of its processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from tests.deploy.test_monitoring import exported_names
from tests.infrastructure.metrics.counted import samples_in, values_in
from tests.journeys.stack import wait_until

if TYPE_CHECKING:
    from tests.journeys.stack import Stack

ROLES = ("web", "worker", "relay", "beat")
PAID = {"event": "PayoutCompleted", "rail": "sandbox"}


def told_by(stack: Stack, role: str) -> str:
    url = stack.ready["metrics"][role]
    # As Prometheus may find it: by an address that is none of the service's hosts.
    headers = {"Host": "10.1.2.3"}
    return httpx.get(url, headers=headers, trust_env=False, timeout=10).raise_for_status().text


def paid(stack: Stack, currency: str) -> float:
    return sum(values_in(told_by(stack, "relay"), "payouts_amount_total", **PAID, currency=currency))


def test_it_counts_a_payout_on_its_whole_way(stack: Stack) -> None:
    before = paid(stack, "CHF")
    payout = stack.add_payout("metrics-journey-0001", amount="12.30", currency="CHF")
    stack.wait_for(payout["id"], "confirmed")
    stack.http.get("/api/payouts/").raise_for_status()
    wait_until(
        lambda: {"paid": paid(stack, "CHF")}, lambda seen: round(seen["paid"] - before, 2) == 12.3, seconds=15
    )

    web, worker, relay = (told_by(stack, role) for role in ("web", "worker", "relay"))
    assert values_in(web, "payouts_http_requests_total", method="POST", route="api/payouts/", status="201")
    assert sum(values_in(web, "payouts_list_cache_total", result="miss")) >= 1
    assert sum(values_in(worker, "payouts_rail_answers_total", call="submit", outcome="completed")) >= 1
    assert sum(values_in(worker, "payouts_rail_call_seconds_count", call="submit", result="answered")) >= 1
    assert sum(values_in(relay, "payouts_events_total", **PAID, status="COMPLETED", stage="confirmed")) >= 1
    assert sum(values_in(relay, "payouts_completion_seconds_count", rail="sandbox")) >= 1
    assert sum(values_in(told_by(stack, "beat"), "payouts_messages_total")) >= 1


def test_it_tells_who_lives_and_what_is_up(stack: Stack) -> None:
    text = told_by(stack, "web")
    assert values_in(text, "payouts_database_up") == values_in(text, "payouts_redis_up") == [1]
    for role in ("worker", "relay", "beat"):
        assert values_in(text, "payouts_processes_alive", role=role) == [1]
    assert [values_in(told_by(stack, role), "payouts_build_info", role=role) for role in ROLES] == [[1]] * 4


def test_it_exports_every_metric_that_rules_and_dashboard_name(stack: Stack) -> None:
    payout = stack.add_payout("metrics-journey-0002")
    stack.wait_for(payout["id"], "confirmed")
    wait_until(lambda: {"paid": paid(stack, "USD")}, lambda seen: seen["paid"] > 0, seconds=15)
    stack.http.post("/api/rails/sandbox/callbacks/", content=b"{}")  # of nobody who may
    exported = {sample.name for role in ROLES for sample in samples_in(told_by(stack, role))}
    assert exported_names() - exported == set()


def test_it_shows_nothing_at_the_web_s_own_address_without_a_token(stack: Stack) -> None:
    assert stack.http.get("/metrics").status_code == 404
