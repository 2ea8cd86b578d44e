"""What becomes of payouts while their rail is left alone, told with a bank that is away and comes back."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from cli.ports import HOST, find_free_port
from core.breaker import Breaker
from events.models import Event
from infrastructure.payouts.rails.sandbox import SandboxRail
from payouts.application.claim_payouts import claim_payouts
from payouts.application.process_payouts import process_payouts
from payouts.domain.backoff import Backoff
from payouts.domain.events import PayoutEvent
from sandbox_bank.running import Settings as BankSettings
from sandbox_bank.running import running_bank
from tests.factories import make_payout, make_recipient
from tests.payouts.application.engine import ask, attempts_of, history_of, let_time_pass, state_of, work
from tests.sandbox_bank.bank_client import BankClient, http_client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django import Settings

    from access.models import Organization
    from payouts.models import Payout, Recipient

COMPLETED = ("COMPLETED", "confirmed")
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 0.8
A_MOMENT_SECONDS = 0.5
# Calls at 0, 0.2, 0.6, 1.4, 2.2 seconds.
OUTAGE_SECONDS, MOST_CALLS = 2.5, 5


def impatient_breaker() -> Breaker:
    return Breaker(
        patience=1,
        first_pause_seconds=FIRST_PAUSE_SECONDS,
        longest_pause_seconds=LONGEST_PAUSE_SECONDS,
        clock=time.monotonic,
    )


@pytest.fixture
def port(settings: Settings) -> int:
    """Where the bank is when it is there."""
    free = find_free_port()
    settings.SANDBOX_BANK_URL = f"http://127.0.0.1:{free}"
    return free


@pytest.fixture
def cut_off(port: int) -> Iterator[SandboxRail]:  # noqa: ARG001  asks for the address where nobody listens
    rail = SandboxRail()
    rail.sending, rail.asking = impatient_breaker(), impatient_breaker()
    longest = timedelta(seconds=LONGEST_PAUSE_SECONDS)
    rail.timing = replace(rail.timing, retry_backoff=Backoff(longest / 4, longest))
    yield rail
    rail.close()


def claims() -> int:
    """How often a worker took a batch, to call the rail with it."""
    sending = Event.objects.filter(type=PayoutEvent.SENDING.value)
    return sending.values("occurred_at").distinct().count()


def post_and_work(recipient: Recipient, rail: SandboxRail) -> list[Payout]:
    """Payouts keep coming in, and each wakes a worker."""
    payouts, until = [], time.monotonic() + OUTAGE_SECONDS
    while time.monotonic() < until:
        payouts.append(make_payout(recipient))
        work(rail)
        time.sleep(A_MOMENT_SECONDS / 10)
    return payouts


def test_it_calls_a_bank_that_is_away_now_and_then_and_pays_soon_after_it_is_back(
    cut_off: SandboxRail, port: int, recipient: Recipient, tmp_path: Path
) -> None:
    payouts = post_and_work(recipient, cut_off)
    assert claims() <= MOST_CALLS

    with running_bank(BankSettings(HOST, port, tmp_path / "bank.sqlite")) as url, http_client(url) as http:
        back = time.monotonic()
        while time.monotonic() - back < LONGEST_PAUSE_SECONDS + A_MOMENT_SECONDS:
            work(cut_off)
        assert {state_of(payout) for payout in payouts} == {COMPLETED}
        assert sorted(BankClient(http).executed_keys()) == sorted(f"{each.reference}-1" for each in payouts)


def test_it_leaves_payouts_due_and_untouched_while_their_rail_is_left_alone(
    cut_off: SandboxRail, recipient: Recipient
) -> None:
    first = make_payout(recipient)
    work(cut_off)
    later = make_payout(recipient)

    assert process_payouts(rail=cut_off, budget_seconds=10) is False

    assert state_of(first) == ("PROCESSING", "retry_wait")
    assert (state_of(later), attempts_of(later)) == (("NEW", "ready"), [])
    assert later.next_run_at is not None
    assert history_of(later) == ["Created"]


def test_it_tries_a_rail_that_was_away_with_one_payout(cut_off: SandboxRail, recipient: Recipient) -> None:
    work(cut_off)
    waiting = [make_payout(recipient) for _ in range(3)]
    work(cut_off)
    let_time_pass(timedelta(minutes=1))
    time.sleep(FIRST_PAUSE_SECONDS)

    assert cut_off.orders_at_once == 1
    assert len(claim_payouts(cut_off).orders) == 1
    assert len([payout for payout in waiting if state_of(payout)[1] == "sending"]) == 1


def test_it_asks_nothing_while_the_rail_is_left_alone_and_calls_a_person_in_the_end(
    bank: BankClient, rail: SandboxRail, organization: Organization, settings: Settings
) -> None:
    payout = make_payout(make_recipient(organization, account_number="UA123456780006"))
    work(rail)
    assert len(bank.ledger()) == 1
    let_time_pass(rail.timing.horizon)
    attempt = payout.attempts.get()

    settings.SANDBOX_BANK_URL = f"http://{HOST}:{find_free_port()}"
    cut_off = SandboxRail()
    cut_off.asking = impatient_breaker()
    cut_off.asking.trip()
    ask(cut_off)
    attempt.refresh_from_db()
    assert (attempt.state, attempt.inquiries) == ("unknown", 0)

    time.sleep(FIRST_PAUSE_SECONDS)
    ask(cut_off)
    assert state_of(payout) == ("PROCESSING", "needs_review")
    cut_off.close()


def test_it_lets_no_order_that_breaks_its_call_keep_the_others_waiting(
    bank: BankClient, rail: SandboxRail, organization: Organization
) -> None:
    broken = [make_payout(make_recipient(organization, account_number="UA123456780006")) for _ in range(4)]
    others = [make_payout(make_recipient(organization)) for _ in range(4)]
    for _ in range(3):
        work(rail)
        let_time_pass(rail.timing.settle_window)
        ask(rail)

    assert rail.orders_at_once
    assert {state_of(payout) for payout in others} == {COMPLETED}
    assert len(bank.ledger()) == len({line["key"] for line in bank.ledger()}) >= len(others)
    assert all(payout.attempts.count() <= 3 for payout in broken)
