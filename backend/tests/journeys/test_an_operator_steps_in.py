"""People and administrators' keys move payouts by hand; nobody else does."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.stack import Stack


@pytest.fixture
def operator(stack: Stack) -> Iterator[httpx.Client]:
    with stack.signed_in_browser() as browser:
        yield browser


@contextmanager
def sleeping_worker(stack: Stack) -> Iterator[None]:
    """New payouts stay NEW: no worker is awake to claim them."""
    group = os.getpgid(stack.pid("worker"))
    os.killpg(group, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(group, signal.SIGCONT)


def test_it_moves_a_payout_for_staff_with_a_session(stack: Stack, operator: httpx.Client) -> None:
    payout = stack.add_payout("moved-by-staff")
    stack.wait_for(payout["id"], "confirmed")

    refused = operator.patch(f"/api/payouts/{payout['id']}/", json={"status": "NEW"})
    returned = operator.patch(
        f"/api/payouts/{payout['id']}/", json={"status": "RETURNED", "reason": "the money came back"}
    )

    assert refused.status_code == 400
    assert refused.json()["detail"] == "Invalid status transition from COMPLETED to NEW"
    assert returned.status_code == 200
    assert returned.json()["status"] == "RETURNED"


def test_it_tells_nobody_the_version_of_its_server(stack: Stack) -> None:
    headers = stack.http.get("/health/live/").headers

    assert headers["Server"] == "gunicorn"
    assert "X-Powered-By" not in headers


def test_it_needs_the_csrf_token_with_a_session(stack: Stack, operator: httpx.Client) -> None:
    payout = stack.add_payout("without-token")
    del operator.headers["X-CSRFToken"]

    answer = operator.patch(f"/api/payouts/{payout['id']}/", json={"status": "CANCELED"})

    assert answer.status_code == 403


def test_it_lets_an_unknown_outcome_be_settled_with_a_reason_only(
    stack: Stack, operator: httpx.Client
) -> None:
    recipient_id = stack.add_recipient("UA123456780006")
    payout = stack.add_payout("settled-by-hand", recipient_id=recipient_id)
    stack.wait_for(payout["id"], "unknown")
    path = f"/api/payouts/{payout['id']}/"

    silent = operator.patch(path, json={"status": "COMPLETED"})
    settled = operator.patch(path, json={"status": "COMPLETED", "reason": "on the bank's statement"})

    assert silent.status_code == 409
    assert (settled.status_code, settled.json()["status"]) == (200, "COMPLETED")
    assert len(stack.executions(payout["reference"])) == 1


def test_it_refuses_a_key_without_the_right(stack: Stack) -> None:
    payout = stack.add_payout("not-yours-to-move")
    key = stack.manage("create_api_key", "Demo", "--name", "reader", "--scope", "payouts:read")
    headers = {"Authorization": f"Bearer {key}"}

    with httpx.Client(base_url=stack.ready["url"], headers=headers, trust_env=False) as reader:
        path = f"/api/payouts/{payout['id']}/"
        assert reader.get(path).status_code == 200
        assert reader.patch(path, json={"status": "CANCELED"}).status_code == 403
        assert reader.delete(path).status_code == 403

        stack.manage("revoke_api_key", key.split("_")[2])
        assert reader.get(path).status_code == 401


def test_it_hides_the_payout_from_another_organization(stack: Stack) -> None:
    payout = stack.add_payout("ours-alone")
    stack.manage("create_organization", "Globex")
    key = stack.manage("create_api_key", "Globex", "--name", "theirs")
    headers = {"Authorization": f"Bearer {key}"}

    with httpx.Client(base_url=stack.ready["url"], headers=headers, trust_env=False) as stranger:
        path = f"/api/payouts/{payout['id']}/"
        for answer in (
            stranger.get(path),
            stranger.patch(path, json={"status": "CANCELED"}),
            stranger.delete(path),
        ):
            assert answer.status_code == 404
            assert answer.json()["detail"] == "Payout not found"
        assert stranger.get("/api/payouts/").json()["results"] == []


def test_it_deletes_a_mistake_and_keeps_its_key(stack: Stack) -> None:
    with sleeping_worker(stack):
        payout = stack.add_payout("a-mistake")
        path = f"/api/payouts/{payout['id']}/"
        assert stack.http.delete(path).status_code == 204
        assert stack.http.get(path).status_code == 404
        assert stack.http.delete(path).status_code == 404
    listed = stack.http.get("/api/payouts/", params={"idempotency_key": "a-mistake"}).json()["results"]
    again = stack.post_payout("a-mistake")

    assert listed == []
    assert (again.status_code, again.json()["code"]) == (409, "idempotency_key_deleted")
    assert not stack.executions(payout["reference"])


def test_it_does_not_delete_what_was_paid(stack: Stack) -> None:
    payout = stack.add_payout("paid-already")
    stack.wait_for(payout["id"], "confirmed")

    assert stack.http.delete(f"/api/payouts/{payout['id']}/").status_code == 409


def test_it_leaves_a_payout_to_the_person_who_took_it_over(stack: Stack, operator: httpx.Client) -> None:
    with sleeping_worker(stack):
        payout = stack.add_payout("taken-over")
        path = f"/api/payouts/{payout['id']}/"
        taken = operator.patch(path, json={"status": "PROCESSING", "reason": "paid at the counter"})
        assert (taken.status_code, taken.json()["status"]) == (200, "PROCESSING")
    later = stack.add_payout("after-taken-over")
    stack.wait_for(later["id"], "confirmed")

    ended = operator.patch(path, json={"status": "COMPLETED", "reason": "receipt 17"})

    assert (ended.status_code, ended.json()["status"]) == (200, "COMPLETED")
    assert not stack.executions(payout["reference"])
