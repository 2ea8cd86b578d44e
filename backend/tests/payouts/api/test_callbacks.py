from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from rest_framework.test import APIClient
from standardwebhooks import Webhook

from payouts.domain.attempt import AttemptState
from payouts.models import Payout, PayoutAttempt
from tests import factories

if TYPE_CHECKING:
    from rest_framework.response import _MonkeyPatchedResponse

    from payouts.models import Recipient

URL = "/api/rails/sandbox/callbacks/"


def post_signed(body: str) -> _MonkeyPatchedResponse:
    secret: str = settings.SANDBOX_BANK_CALLBACK_SECRET
    moment = datetime.now(UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", moment, body),
    }
    return APIClient().post(URL, body, content_type="application/json", headers=headers)


@pytest.mark.parametrize(
    "headers", [{}, {"webhook-id": "a", "webhook-timestamp": "1", "webhook-signature": "v1,x"}]
)
def test_it_refuses_who_has_not_signed(headers: dict[str, str]) -> None:
    response = APIClient().post(URL, "{}", content_type="application/json", headers=headers)
    assert (response.status_code, response.json()["code"]) == (401, "forged_callback")
    assert "WWW-Authenticate" in response


@pytest.mark.parametrize("body", ["{}", "[]", "x", json.dumps({"type": "transfer.completed"})])
def test_it_refuses_what_was_not_agreed(body: str) -> None:
    response = post_signed(body)
    assert (response.status_code, response.json()["code"]) == (400, "unreadable_callback")


def test_it_refuses_a_huge_body() -> None:
    response = APIClient().post(URL, "x" * 70_000, content_type="application/json")
    assert response.status_code == 413


@pytest.mark.parametrize("code", ["nonesuch", "SANDBOX"])
def test_it_knows_no_other_rails(code: str) -> None:
    response = APIClient().post(f"/api/rails/{code}/callbacks/", "{}", content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (404, "rail_not_found")


def test_it_answers_no_reader() -> None:
    response = APIClient().get(URL)
    assert (response.status_code, response["Allow"]) == (405, "POST, OPTIONS")


@pytest.fixture
def accepted(recipient: Recipient) -> Payout:
    """A payout that the bank has taken, and of whose end it has not told."""
    payout = factories.make_payout(recipient)
    payout.status, payout.stage, payout.next_run_at, payout.attempts_made = "PROCESSING", "accepted", None, 1
    payout.save()
    PayoutAttempt.objects.create(
        organization_id=payout.organization_id,
        payout=payout,
        number=1,
        rail="sandbox",
        rail_key=f"{payout.reference}-1",
        request_hash="0" * 64,
        state=AttemptState.ACCEPTED.value,
        first_sent_at=factories.NOON,
    )
    return payout


def test_it_takes_the_rails_word_however_often(accepted: Payout) -> None:
    transfer = {"key": f"{accepted.reference}-1", "status": "executed", "reference": "BANK-1"}
    for _ in range(2):
        response = post_signed(json.dumps({"data": transfer}))
        assert (response.status_code, response.content) == (204, b"")
    accepted.refresh_from_db()
    assert accepted.status == "COMPLETED"
    assert PayoutAttempt.objects.get().provider_reference == "BANK-1"
