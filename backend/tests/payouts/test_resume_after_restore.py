from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

import pytest
from django.core.management import CommandError, call_command

from payouts.application.claim_payouts import claim_payouts
from tests.factories import make_payout
from tests.payouts.application.engine import state_of, work
from tests.payouts.application.test_ask_after_restore import send_after_the_dump

if TYPE_CHECKING:
    from pytest_django import Settings

    from infrastructure.payouts.rails.sandbox import SandboxRail
    from payouts.models import Recipient
    from tests.sandbox_bank.bank_client import BankClient


def resume(*arguments: str) -> str:
    output = StringIO()
    call_command("resume_after_restore", *arguments, stdout=output)
    return output.getvalue()


@pytest.mark.parametrize("arguments", [[], ["--skip-wait"]])
def test_it_makes_a_restored_database_fit_to_go_on(
    arguments: list[str], settings: Settings, bank: BankClient, rail: SandboxRail, recipient: Recipient
) -> None:
    settings.SANDBOX_RAIL_SETTLE_WINDOW_SECONDS = 0.3
    bank.behave(idempotent=False)
    sent, unsent = make_payout(recipient), make_payout(recipient)
    send_after_the_dump(rail, sent)

    output = resume(*arguments)
    work(rail)

    assert output == (
        "sandbox: asked about 2 payouts, found 1 attempts that were forgotten, 0 payouts held\n"
    )
    assert {state_of(payout) for payout in (sent, unsent)} == {("COMPLETED", "confirmed")}
    assert len(bank.ledger()) == 2


def test_it_says_that_it_must_be_run_again(
    settings: Settings, bank: BankClient, rail: SandboxRail, recipient: Recipient
) -> None:
    settings.SANDBOX_BANK_URL = "http://127.0.0.1:9"
    payout = make_payout(recipient)

    with pytest.raises(CommandError, match="1 payouts are held") as refusal:
        resume("--skip-wait")

    assert refusal.value.returncode == 1
    payout.refresh_from_db()
    assert payout.next_run_at is None
    work(rail)
    assert not bank.ledger()


@pytest.mark.parametrize("arguments", [[], ["--skip-wait"]])
def test_it_refuses_while_a_worker_is_at_work(
    arguments: list[str], rail: SandboxRail, recipient: Recipient
) -> None:
    claimed = make_payout(recipient)
    claim_payouts(rail)
    due = make_payout(recipient)

    with pytest.raises(CommandError, match=r"Stop all workers;.*\(worker_is_at_work\)$") as refusal:
        resume(*arguments)

    assert refusal.value.returncode == 1
    assert state_of(claimed) == ("PROCESSING", "sending")
    assert state_of(due) == ("NEW", "ready")
    assert due.next_run_at is not None
