"""A client asks for a payout, sometimes many times, and sees it paid once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from tests.journeys.stack import Stack


def test_it_is_paid_within_two_seconds(stack: Stack) -> None:
    payout = stack.add_payout("two-seconds")
    assert (payout["status"], payout["stage"]) == ("NEW", "ready")

    paid = stack.wait_for(payout["id"], "confirmed", seconds=2)

    assert paid["status"] == "COMPLETED"
    assert paid["completed_at"] is not None
    assert stack.history(payout["id"]) == ["PayoutCreated", "PayoutSending", "PayoutCompleted"]
    assert len(stack.executions(payout["reference"])) == 1


def test_it_makes_one_payout_of_fifty_connections_with_one_key(stack: Stack) -> None:
    with ThreadPoolExecutor(50) as clients:
        answers = list(clients.map(lambda _: stack.post_payout("fifty-at-once"), range(50)))

    codes = [answer.status_code for answer in answers]
    assert (codes.count(201), codes.count(200)) == (1, 49)
    (payout_id,) = {answer.json()["id"] for answer in answers}
    replays = [answer.headers.get("Idempotent-Replayed") for answer in answers if answer.status_code == 200]
    assert replays == ["true"] * 49
    found = stack.http.get("/api/payouts/", params={"idempotency_key": "fifty-at-once"}).json()["results"]
    assert [payout["id"] for payout in found] == [payout_id]
    paid = stack.wait_for(payout_id, "confirmed")
    assert len(stack.executions(paid["reference"])) == 1


def test_it_refuses_the_key_for_another_amount(stack: Stack) -> None:
    payout = stack.add_payout("one-amount")

    answer = stack.post_payout("one-amount", amount="100.51")

    assert answer.status_code == 422
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    problem = answer.json()
    assert problem["code"] == "idempotency_key_reused"
    assert [error["field"] for error in problem["errors"]] == ["amount"]
    assert str(payout["id"]) in problem["detail"]


def test_it_shows_a_client_its_own_write_in_the_list(stack: Stack) -> None:
    for number in range(5):
        stack.http.get("/api/payouts/").raise_for_status()
        payout = stack.add_payout(f"own-write-{number}")
        newest = stack.http.get("/api/payouts/").json()["results"][0]
        assert newest["id"] == payout["id"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/payouts/"),
        ("POST", "/api/payouts/"),
        ("GET", "/api/payouts/1/"),
        ("PATCH", "/api/payouts/1/"),
        ("DELETE", "/api/payouts/1/"),
        ("GET", "/api/payouts/1/events/"),
        ("GET", "/api/recipients/"),
        ("POST", "/api/recipients/"),
        ("GET", "/api/recipients/1/"),
        ("PATCH", "/api/recipients/1/"),
        ("POST", "/api/rails/sandbox/callbacks/"),
    ],
)
def test_it_refuses_the_anonymous(method: str, path: str, stack: Stack) -> None:
    answer = httpx.request(method, stack.ready["url"] + path, json={}, trust_env=False)

    assert answer.status_code == 401
    assert answer.json()["status"] == 401


def test_it_tells_that_it_is_well(stack: Stack) -> None:
    for path in ("/health/", "/health/live/", "/health/ready/"):
        assert httpx.get(stack.ready["url"] + path, trust_env=False).status_code == 200
    health = httpx.get(stack.ready["url"] + "/health/", trust_env=False).json()
    assert health == {"database": True, "redis": True, "status": "healthy"}
