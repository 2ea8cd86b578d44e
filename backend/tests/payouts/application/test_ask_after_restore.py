"""What is sent again after a restore: told with a bank that remembers what the database has forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from core.crash_points import crash_points
from database.clock import database_now
from payouts.application import ask_after_restore as restoring
from payouts.application.ask_after_restore import AskedRail, WorkerIsAtWork, ask_after_restore
from payouts.application.claim_payouts import claim_payouts
from payouts.application.expire_leases import expire_leases
from payouts.application.payment_order import payment_order
from payouts.application.update_recipient import update_recipient
from payouts.domain.recipient import RecipientChanges
from payouts.models import Payout, PayoutAttempt
from tests.factories import make_payout, make_recipient
from tests.payouts.application.engine import (
    ask,
    attempts_of,
    history_of,
    let_time_pass,
    state_of,
    unreachable_bank,
    work,
)
from tests.sandbox_bank.bank_client import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from access.caller import Caller
    from access.models import Organization
    from infrastructure.payouts.rails.sandbox import SandboxRail
    from payouts.domain.rail import Rail
    from payouts.models import Recipient
    from tests.sandbox_bank.bank_client import BankClient

AN_HOUR = timedelta(hours=1)
COMPLETED = ("COMPLETED", "confirmed")


def paying(organization: Organization, suffix: str) -> Payout:
    return make_payout(make_recipient(organization, account_number=f"UA12345678{suffix}"))


def send_after_the_dump(rail: Rail, payout: Payout, *numbers: int) -> None:
    """A worker sent it, and whatever the database learnt of that is lost."""
    for number in numbers or (1,):
        order = payment_order(payout, attempt_number=number)
        rail.submit([order], valid_until=database_now() + AN_HOUR)


def resume(rail: Rail) -> AskedRail:
    """Nobody has worked for long when the rail is asked."""
    stopped_at = database_now() - rail.timing.settle_window
    return ask_after_restore(rail=rail, stopped_at=stopped_at, wait=lambda _seconds: None)


def work_and_ask(rail: Rail) -> None:
    """All that workers and sweeps come to do, for long."""
    for _ in range(3):
        work(rail)
        let_time_pass(AN_HOUR)
        expire_leases(now=database_now())
        ask(rail)


@pytest.mark.parametrize("is_idempotent", [True, False])
def test_it_finds_what_was_sent_after_the_dump_and_pays_it_once(
    is_idempotent: bool,  # noqa: FBT001  a row of the table
    bank: BankClient,
    rail: SandboxRail,
    recipient: Recipient,
) -> None:
    bank.behave(idempotent=is_idempotent)
    payout = make_payout(recipient)
    send_after_the_dump(rail, payout)

    assert resume(rail) == AskedRail(payouts=1, found=1)
    work_and_ask(rail)

    assert state_of(payout) == COMPLETED
    assert attempts_of(payout) == [(1, "succeeded")]
    assert history_of(payout) == ["Created", "OutcomeUnknown", "Completed"]
    assert "restored" in payout.attempts.get().evidence["restore"]
    assert bank.executed_keys() == [f"{payout.reference}-1"]


def test_it_is_needed_where_a_bank_does_not_keep_its_keys(
    bank: BankClient, rail: SandboxRail, recipient: Recipient
) -> None:
    bank.behave(idempotent=False)
    payout = make_payout(recipient)
    send_after_the_dump(rail, payout)

    work(rail)

    assert bank.executed_keys() == [f"{payout.reference}-1"] * 2


def test_it_leaves_due_what_the_rail_knows_nothing_of(
    bank: BankClient, rail: SandboxRail, recipient: Recipient
) -> None:
    payout = make_payout(recipient)

    assert resume(rail) == AskedRail(payouts=1)
    assert history_of(payout) == ["Created"]
    work(rail)

    assert state_of(payout) == COMPLETED
    assert bank.executed_keys() == [f"{payout.reference}-1"]


def nothing_was_sent(rail: SandboxRail) -> None:
    """At the time of the dump it was new."""


def a_worker_held_it(rail: SandboxRail) -> None:
    claim_payouts(rail)
    let_time_pass(rail.timing.lease)


def the_bank_was_away(_rail: SandboxRail) -> None:
    with unreachable_bank() as cut_off:
        work(cut_off)


def the_answer_was_lost(rail: SandboxRail) -> None:
    work(rail)


def it_was_to_be_tried_again(rail: SandboxRail) -> None:
    work(rail)
    let_time_pass(rail.timing.settle_window)
    ask(rail)


BEFORE_THE_DUMP = [
    nothing_was_sent,
    a_worker_held_it,
    the_bank_was_away,
    the_answer_was_lost,
    it_was_to_be_tried_again,
]


@pytest.mark.parametrize("before_the_dump", BEFORE_THE_DUMP)
def test_it_finds_the_attempt_that_followed_the_last_one_on_record(
    before_the_dump: Callable[[SandboxRail], None],
    bank: BankClient,
    rail: SandboxRail,
    organization: Organization,
) -> None:
    bank.behave(idempotent=False)
    breaks = before_the_dump in {the_answer_was_lost, it_was_to_be_tried_again}
    payout = paying(organization, "0007" if breaks else "7890")
    before_the_dump(rail)
    send_after_the_dump(rail, payout, 2)

    assert resume(rail).found == 1
    work_and_ask(rail)

    assert state_of(payout) == COMPLETED
    assert attempts_of(payout)[-1] == (2, "succeeded")
    assert {state for _, state in attempts_of(payout)[:-1]} <= {"failed"}
    assert bank.executed_keys() == [f"{payout.reference}-2"]


@pytest.mark.parametrize("before_the_dump", [a_worker_held_it, the_bank_was_away])
def test_it_finds_that_an_attempt_on_record_was_sent_after_the_dump(
    before_the_dump: Callable[[SandboxRail], None],
    bank: BankClient,
    rail: SandboxRail,
    recipient: Recipient,
) -> None:
    bank.behave(idempotent=False)
    payout = make_payout(recipient)
    before_the_dump(rail)
    send_after_the_dump(rail, payout, 1)

    resume(rail)
    work_and_ask(rail)

    assert state_of(payout) == COMPLETED
    assert attempts_of(payout) == [(1, "succeeded")]
    assert bank.executed_keys() == [f"{payout.reference}-1"]


@pytest.mark.parametrize(
    ("suffix", "expected"),
    [
        ("0001", ("FAILED", "declined")),
        ("0013", ("PROCESSING", "accepted")),
    ],
)
@pytest.mark.parametrize("before_the_dump", [nothing_was_sent, the_bank_was_away])
def test_it_takes_up_whatever_the_bank_had_made_of_it(
    before_the_dump: Callable[[SandboxRail], None],
    suffix: str,
    expected: tuple[str, str],
    bank: BankClient,
    rail: SandboxRail,
    organization: Organization,
) -> None:
    payout = paying(organization, suffix)
    before_the_dump(rail)
    send_after_the_dump(rail, payout)

    resume(rail)
    work(rail)

    assert state_of(payout) == expected
    assert len(attempts_of(payout)) == 1
    assert history_of(payout).count("Sending") == (before_the_dump is the_bank_was_away)
    assert not bank.ledger()


def test_it_learns_that_the_money_came_back(
    bank: BankClient, rail: SandboxRail, organization: Organization
) -> None:
    payout = paying(organization, "0005")
    send_after_the_dump(rail, payout)
    wait_until(lambda: bank.ledger()[0]["returned_at"] is not None)

    resume(rail)

    assert state_of(payout) == ("RETURNED", "returned")
    assert len(bank.ledger()) == 1


def test_it_finds_what_was_held_at_the_time_of_the_dump(
    bank: BankClient, rail: SandboxRail, caller: Caller, recipient: Recipient
) -> None:
    payout = make_payout(recipient)
    changes = RecipientChanges(is_active=False)
    update_recipient(caller=caller, recipient_id=recipient.pk, changes=changes, now=database_now())
    assert state_of(payout) == ("NEW", "on_hold")
    send_after_the_dump(rail, payout)

    resume(rail)

    assert state_of(payout) == COMPLETED
    assert len(bank.ledger()) == 1


@pytest.mark.parametrize("before_the_dump", [nothing_was_sent, a_worker_held_it, the_bank_was_away])
def test_it_holds_what_the_bank_does_not_answer_for_until_it_does(
    before_the_dump: Callable[[SandboxRail], None],
    bank: BankClient,
    rail: SandboxRail,
    recipient: Recipient,
) -> None:
    bank.behave(idempotent=False)
    payout = make_payout(recipient)
    before_the_dump(rail)
    send_after_the_dump(rail, payout, 2)

    with unreachable_bank() as cut_off:
        assert resume(cut_off) == AskedRail(payouts=1, held=1)
    work_and_ask(rail)  # somebody starts workers all the same
    assert state_of(payout) != COMPLETED
    assert bank.executed_keys() == [f"{payout.reference}-2"]

    assert resume(rail) == AskedRail(payouts=1, found=1)
    work_and_ask(rail)
    assert state_of(payout) == COMPLETED
    assert bank.executed_keys() == [f"{payout.reference}-2"]


def test_it_waits_until_what_was_in_flight_has_landed(
    bank: BankClient, rail: SandboxRail, organization: Organization
) -> None:
    bank.behave(idempotent=False)
    payout = paying(organization, "0011")
    send_after_the_dump(rail, payout)
    assert not bank.ledger()
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        wait_until(lambda: bool(bank.ledger()))

    asked = ask_after_restore(rail=rail, stopped_at=database_now(), wait=wait)
    work(rail)

    assert waits == [pytest.approx(rail.timing.settle_window.total_seconds(), abs=1)]
    assert asked.found == 1
    assert state_of(payout) == COMPLETED
    assert len(bank.ledger()) == 1


def test_it_tells_of_an_execution_that_cannot_be(
    bank: BankClient, rail: SandboxRail, recipient: Recipient
) -> None:
    payout = make_payout(recipient)
    send_after_the_dump(rail, payout, 1, 2)
    assert len(bank.ledger()) == 2

    resume(rail)

    assert state_of(payout) == COMPLETED
    assert attempts_of(payout) == [(1, "succeeded")]
    assert history_of(payout)[-1] == "OutcomeContradicted"


def rows() -> list[tuple[object, ...]]:
    """All that a restore could change."""
    return [*Payout.objects.order_by("id").values_list(), *PayoutAttempt.objects.order_by("id").values_list()]


def test_it_refuses_while_a_worker_may_still_send(rail: SandboxRail, recipient: Recipient) -> None:
    make_payout(recipient)
    claim_payouts(rail)
    make_payout(recipient)
    before = rows()

    with pytest.raises(WorkerIsAtWork, match=r"Run this again in \d+ s\.$") as refusal:
        resume(rail)

    assert refusal.value.code == "worker_is_at_work"
    assert f"until {PayoutAttempt.objects.get().lease_until:%Y-%m-%d %H:%M:%S} UTC" in refusal.value.detail
    assert rows() == before
    let_time_pass(rail.timing.lease)
    assert resume(rail) == AskedRail(payouts=2)


def test_it_changes_nothing_where_only_the_last_lease_still_holds(
    rail: SandboxRail, recipient: Recipient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(restoring, "BATCH_SIZE", 1)
    make_payout(recipient)
    a_worker_held_it(rail)
    make_payout(recipient)
    claim_payouts(rail)
    before = rows()

    with pytest.raises(WorkerIsAtWork):
        resume(rail)

    assert rows() == before


@pytest.mark.django_db(transaction=True)
def test_it_holds_nothing_when_a_worker_claims_just_before(
    rail: SandboxRail, recipient: Recipient, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_payout(recipient)

    def claim_in_between(place: str) -> None:
        if place == "doubt_attempts.committed":
            claim_payouts(rail)
            make_payout(recipient)

    monkeypatch.setattr(crash_points, "strike", claim_in_between)
    with pytest.raises(WorkerIsAtWork):
        resume(rail)

    assert PayoutAttempt.objects.get().state == "sending"
    assert Payout.objects.get(stage="ready").next_run_at is not None


def test_it_changes_nothing_when_it_is_repeated(
    bank: BankClient, rail: SandboxRail, organization: Organization
) -> None:
    payouts = [paying(organization, suffix) for suffix in ("7890", "0013", "7891")]
    for payout in payouts[:2]:
        send_after_the_dump(rail, payout)
    resume(rail)
    before = [(state_of(payout), attempts_of(payout), history_of(payout)) for payout in payouts]

    assert resume(rail) == AskedRail(payouts=2)

    assert [(state_of(payout), attempts_of(payout), history_of(payout)) for payout in payouts] == before
    assert len(bank.ledger()) == 1


def test_it_goes_through_all_that_is_unfinished(
    bank: BankClient, rail: SandboxRail, recipient: Recipient
) -> None:
    bank.behave(idempotent=False)
    payouts = [make_payout(recipient) for _ in range(45)]
    for payout in payouts[::2]:
        send_after_the_dump(rail, payout)

    assert resume(rail) == AskedRail(payouts=45, found=23)
    work(rail)

    assert {state_of(payout) for payout in payouts} == {COMPLETED}
    assert sorted(bank.executed_keys()) == sorted(f"{payout.reference}-1" for payout in payouts)
