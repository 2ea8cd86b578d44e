from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from standardwebhooks import Webhook

from payouts.application.change_status import change_status
from payouts.application.claim_payouts import claim_payouts
from payouts.application.record_callback import record_callback
from payouts.domain.rail import ForgedCallback, UnreadableCallback
from payouts.domain.status import Status
from tests.factories import NOON, make_payout, make_recipient
from tests.payouts.application.engine import (
    attempts_of,
    history_of,
    let_time_pass,
    state_of,
    unreachable_bank,
    work,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from access.caller import Caller
    from access.models import Organization
    from infrastructure.payouts.rails.sandbox import SandboxRail
    from payouts.models import Payout, Recipient
    from tests.sandbox_bank.bank_client import BankClient


def signed(body: bytes, at: datetime | None = None) -> dict[str, str]:
    moment = at or datetime.now(UTC)
    signature = Webhook(settings.SANDBOX_BANK_CALLBACK_SECRET).sign("msg_1", moment, body.decode())
    return {
        "Webhook-Id": "msg_1",
        "Webhook-Timestamp": str(int(moment.timestamp())),
        "Webhook-Signature": signature,
    }


def body_about(payout: Payout, status: str, **changes: Any) -> bytes:
    data = {
        "key": f"{payout.reference}-1",
        "status": status,
        "reference": "bank-7",
        "failure": None,
    } | changes
    return json.dumps(
        {"type": f"transfer.{status}", "timestamp": "2026-03-02T12:00:00Z", "data": data}
    ).encode()


def receive(rail: SandboxRail, body: bytes, headers: Mapping[str, str] | None = None) -> None:
    record_callback(rail=rail, body=body, headers=headers or signed(body))


@pytest.fixture
def accepted(rail: SandboxRail, organization: Organization) -> Payout:
    payout = make_payout(make_recipient(organization, account_number="UA123456780013"))
    work(rail)
    return payout


def test_it_completes_what_the_bank_had_accepted(rail: SandboxRail, accepted: Payout) -> None:
    receive(rail, body_about(accepted, "executed"))

    assert state_of(accepted) == ("COMPLETED", "confirmed")
    assert accepted.attempts.get().provider_reference == "bank-7"


def test_it_ignores_repeats_and_what_comes_late(rail: SandboxRail, accepted: Payout) -> None:
    for status in ("executed", "executed", "in_progress", "in_progress"):
        receive(rail, body_about(accepted, status))

    assert state_of(accepted) == ("COMPLETED", "confirmed")
    assert history_of(accepted) == ["Created", "Sending", "Accepted", "Completed"]


def test_it_returns_what_came_back_after_success(
    bank: BankClient, rail: SandboxRail, recipient: Recipient
) -> None:
    payout = make_payout(recipient)
    work(rail)

    receive(rail, body_about(payout, "returned"))
    receive(rail, body_about(payout, "executed"))

    assert state_of(payout) == ("RETURNED", "returned")
    assert len(bank.ledger()) == 1


def test_it_believes_an_execution_before_the_reply(rail: SandboxRail, recipient: Recipient) -> None:
    payout = make_payout(recipient)
    claim_payouts(rail)

    receive(rail, body_about(payout, "executed"))

    assert state_of(payout) == ("COMPLETED", "confirmed")


def test_it_moves_nothing_on_a_contradiction_and_tells_of_it(
    bank: BankClient, rail: SandboxRail, recipient: Recipient
) -> None:
    payout = make_payout(recipient)
    work(rail)
    refusal = {"code": "account_closed", "message": "closed", "retryable": False}

    receive(rail, body_about(payout, "rejected", failure=refusal))

    assert state_of(payout) == ("COMPLETED", "confirmed")
    assert history_of(payout)[-1] == "OutcomeContradicted"
    assert len(bank.ledger()) == 1


def test_it_takes_no_callback_for_proof_that_nothing_was_executed(
    bank: BankClient, rail: SandboxRail, organization: Organization
) -> None:
    payout = make_payout(make_recipient(organization, account_number="UA123456780006"))
    work(rail)
    let_time_pass(rail.timing.settle_window)

    with pytest.raises(UnreadableCallback):
        receive(rail, body_about(payout, "not_found"))

    assert state_of(payout) == ("PROCESSING", "unknown")
    assert len(bank.ledger()) == 1


def test_it_ignores_keys_it_never_sent(rail: SandboxRail, accepted: Payout) -> None:
    receive(rail, body_about(accepted, "executed", key="nobody-1"))

    assert state_of(accepted) == ("PROCESSING", "accepted")


@pytest.mark.parametrize("missing", ["Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"])
def test_it_refuses_a_callback_without_signature(missing: str, rail: SandboxRail, accepted: Payout) -> None:
    body = body_about(accepted, "executed")
    headers = {name: value for name, value in signed(body).items() if name != missing}

    with pytest.raises(ForgedCallback):
        receive(rail, body, headers)
    assert state_of(accepted) == ("PROCESSING", "accepted")


def test_it_refuses_another_body_under_a_good_signature(rail: SandboxRail, accepted: Payout) -> None:
    headers = signed(body_about(accepted, "in_progress"))

    with pytest.raises(ForgedCallback):
        receive(rail, body_about(accepted, "executed"), headers)
    assert attempts_of(accepted) == [(1, "accepted")]


@pytest.mark.parametrize("signature", ["v1,!!!", "v1", "", "v2,abc", "v1,é"])
def test_it_refuses_a_signature_that_cannot_be_read(
    signature: str, rail: SandboxRail, accepted: Payout
) -> None:
    body = body_about(accepted, "executed")

    with pytest.raises(ForgedCallback):
        receive(rail, body, signed(body) | {"Webhook-Signature": signature})


def test_it_refuses_a_callback_that_is_replayed_later(rail: SandboxRail, accepted: Payout) -> None:
    body = body_about(accepted, "executed")

    with pytest.raises(ForgedCallback):
        receive(rail, body, signed(body, datetime.now(UTC) - timedelta(minutes=6)))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"data": 7}', b'{"data": {"status": "executed"}}', b'"\xff"']
)
def test_it_refuses_a_signed_body_that_cannot_be_read(body: bytes, rail: SandboxRail) -> None:
    readable = body.decode(errors="ignore").encode() == body
    with pytest.raises(UnreadableCallback if readable else ForgedCallback):
        receive(rail, body, signed(body if readable else b"x"))


def test_it_never_sends_again_what_an_earlier_attempt_has_paid_after_all(
    bank: BankClient, rail: SandboxRail, caller: Caller, organization: Organization
) -> None:
    payout = make_payout(make_recipient(organization, account_number="UA123456780003"))
    work(rail)  # refused at first
    let_time_pass(rail.timing.horizon)
    with unreachable_bank() as cut_off:
        work(cut_off)  # the second attempt never leaves
    assert attempts_of(payout) == [(1, "failed"), (2, "not_sent")]

    receive(rail, body_about(payout, "executed"))
    let_time_pass(rail.timing.horizon)
    work(rail)

    assert state_of(payout) == ("COMPLETED", "confirmed")
    assert attempts_of(payout) == [(1, "succeeded"), (2, "failed")]
    assert not bank.ledger()
    change_status(caller=caller, payout_id=payout.pk, target=Status.RETURNED, reason="", now=NOON)
    assert attempts_of(payout) == [(1, "returned"), (2, "failed")]
