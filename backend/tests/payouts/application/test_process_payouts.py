from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from structlog.testing import capture_logs

from core.event_bus import event_bus
from database.clock import database_now
from events.models import PendingEvent
from events.relay import relay_events
from payouts.application.claim_payouts import claim_payouts
from payouts.application.expire_leases import expire_leases
from payouts.application.process_payouts import process_payouts
from payouts.application.record_outcomes import Answer, record_outcomes
from payouts.application.update_recipient import update_recipient
from payouts.domain.rail import Completed
from payouts.domain.recipient import RecipientChanges
from payouts.domain.status import Authority
from payouts.models import Payout, PayoutAttempt
from payouts.rails import get_rail
from tests.factories import NOON, make_payout, make_recipient
from tests.payouts.application.engine import (
    ask,
    attempts_of,
    history_of,
    let_time_pass,
    state_of,
    unreachable_bank,
    work,
)

if TYPE_CHECKING:
    from access.caller import Caller
    from access.models import Organization
    from infrastructure.payouts.rails.sandbox import SandboxRail
    from payouts.application.claim_payouts import ClaimedBatch
    from payouts.models import Recipient
    from tests.sandbox_bank.bank_client import BankClient

A_SECOND = timedelta(seconds=1)
AN_HOUR = timedelta(hours=1)


def paying(organization: Organization, suffix: str) -> Payout:
    """A payout whose account number scripts the bank."""
    return make_payout(make_recipient(organization, account_number=f"UA12345678{suffix}"))


def answer(rail: SandboxRail, batch: ClaimedBatch, outcome: Completed) -> None:
    """The reply of a worker that holds the batch."""
    record_outcomes(
        rail=rail,
        answers=[Answer(each.order.rail_key, outcome, each.fence) for each in batch.orders],
        authority=Authority.RAIL,
        actor="rail:sandbox",
        now=database_now(),
    )


def test_it_pays_what_is_due_once(bank: BankClient, rail: SandboxRail, recipient: Recipient) -> None:
    payout = make_payout(recipient)

    work(rail)
    work(rail)

    assert state_of(payout) == ("COMPLETED", "confirmed")
    assert payout.completed_at is not None
    assert bank.executed_keys() == [f"{payout.reference}-1"]
    assert history_of(payout) == ["Created", "Sending", "Completed"]
    (line,) = bank.ledger()
    assert (line["amount_minor"], line["currency"], line["account_number"]) == (10_050, "USD", "UA1234567890")


@pytest.mark.usefixtures("bank")
def test_it_tells_of_several_with_the_same_end_in_one_line(
    rail: SandboxRail, organization: Organization
) -> None:
    paid = [make_payout(make_recipient(organization)) for _ in range(3)]
    refused = paying(organization, "0001")

    with capture_logs() as lines:
        work(rail)

    ends = {line["status"]: line for line in lines if line["event"] == "outcome_recorded"}
    assert sorted(ends["COMPLETED"]["references"]) == sorted(payout.reference for payout in paid)
    assert ends["FAILED"]["reference"] == refused.reference
    assert len([line for line in lines if line["event"] == "outcome_recorded"]) == 2
    assert ends["COMPLETED"]["organization_id"] == organization.pk


def test_it_fails_what_the_bank_refuses(
    bank: BankClient, rail: SandboxRail, organization: Organization
) -> None:
    payout = paying(organization, "0001")

    work(rail)

    assert state_of(payout) == ("FAILED", "declined")
    assert payout.failure is not None
    assert (payout.failure["code"], payout.failure["source"]) == ("account_closed", "rail")
    assert payout.failure["action"] == "update_recipient"
    assert not bank.ledger()


def test_it_tries_again_what_the_bank_could_not_do(
    bank: BankClient, rail: SandboxRail, organization: Organization
) -> None:
    payout = paying(organization, "0003")

    for _ in range(3):
        work(rail)
        let_time_pass(AN_HOUR)

    assert state_of(payout) == ("COMPLETED", "confirmed")
    assert attempts_of(payout) == [(1, "failed"), (2, "failed"), (3, "succeeded")]
    assert payout.failure is None
    assert bank.executed_keys() == [f"{payout.reference}-3"]


def test_it_gives_up_after_the_last_attempt(
    rail: SandboxRail, bank: BankClient, organization: Organization
) -> None:
    payout = paying(organization, "0003")
    rail.timing = replace(rail.timing, most_attempts=2)

    for _ in range(2):
        work(rail)
        let_time_pass(AN_HOUR)

    assert state_of(payout) == ("FAILED", "declined")
    assert not bank.ledger()


@pytest.mark.parametrize("suffix", ["0006", "0008", "0010"])
def test_it_asks_about_a_lost_answer_and_finds_the_execution(
    suffix: str, bank: BankClient, rail: SandboxRail, organization: Organization
) -> None:
    payout = paying(organization, suffix)

    work(rail)
    assert state_of(payout) == ("PROCESSING", "unknown")
    let_time_pass(rail.timing.settle_window)
    ask(rail)

    assert state_of(payout) == ("COMPLETED", "confirmed")
    assert bank.executed_keys() == [f"{payout.reference}-1"]


@pytest.mark.parametrize("suffix", ["0007", "0009"])
def test_it_sends_again_under_a_new_key_once_it_is_proved_that_nothing_was_executed(
    suffix: str, bank: BankClient, rail: SandboxRail, organization: Organization
) -> None:
    payout = paying(organization, suffix)

    work(rail)
    let_time_pass(rail.timing.settle_window)
    ask(rail)
    assert state_of(payout) == ("PROCESSING", "retry_wait")
    work(rail)

    assert state_of(payout) == ("COMPLETED", "confirmed")
    assert attempts_of(payout) == [(1, "failed"), (2, "succeeded")]
    assert bank.executed_keys() == [f"{payout.reference}-2"]


def test_it_takes_not_found_for_no_proof_before_the_settle_window_has_passed(
    bank: BankClient, rail: SandboxRail, organization: Organization
) -> None:
    payout = paying(organization, "0007")
    work(rail)
    PayoutAttempt.objects.update(next_inquiry_at=database_now())

    ask(rail)

    assert state_of(payout) == ("PROCESSING", "unknown")
    assert attempts_of(payout) == [(1, "unknown")]
    assert not bank.ledger()


def test_it_finds_an_execution_that_landed_after_the_deadline(
    bank: BankClient, rail: SandboxRail, organization: Organization
) -> None:
    payout = paying(organization, "0011")
    work(rail)
    assert state_of(payout) == ("PROCESSING", "unknown")

    while not bank.ledger():
        pass
    let_time_pass(rail.timing.settle_window)
    ask(rail)

    assert state_of(payout) == ("COMPLETED", "confirmed")
    assert len(bank.ledger()) == 1


def test_it_calls_a_person_when_the_horizon_is_reached(
    bank: BankClient, rail: SandboxRail, organization: Organization
) -> None:
    payout = paying(organization, "0013")
    work(rail)
    assert state_of(payout) == ("PROCESSING", "accepted")

    let_time_pass(rail.timing.accepted_patience)
    ask(rail)
    assert state_of(payout) == ("PROCESSING", "accepted")
    let_time_pass(rail.timing.horizon)
    ask(rail)

    assert state_of(payout) == ("PROCESSING", "needs_review")
    assert history_of(payout)[-1] == "ReviewNeeded"
    assert bank.status({"key": f"{payout.reference}-1"}) == "in_progress"


def test_it_sends_again_under_the_same_key_what_never_left(
    rail: SandboxRail, bank: BankClient, recipient: Recipient
) -> None:
    payout = make_payout(recipient)
    with unreachable_bank() as cut_off:
        work(cut_off)
    assert state_of(payout) == ("PROCESSING", "retry_wait")
    assert attempts_of(payout) == [(1, "not_sent")]

    let_time_pass(AN_HOUR)
    work(rail)

    assert state_of(payout) == ("COMPLETED", "confirmed")
    assert attempts_of(payout) == [(1, "succeeded")]
    assert payout.attempts_made == 1
    assert bank.executed_keys() == [f"{payout.reference}-1"]


def test_it_measures_the_horizon_from_the_first_byte_and_not_from_earlier_claims(
    rail: SandboxRail, bank: BankClient, organization: Organization
) -> None:
    payout = paying(organization, "0006")
    with unreachable_bank() as cut_off:
        work(cut_off)
    let_time_pass(rail.timing.horizon + AN_HOUR)

    work(rail)
    PayoutAttempt.objects.update(next_inquiry_at=database_now())
    with unreachable_bank() as cut_off:
        ask(cut_off)

    assert state_of(payout) == ("PROCESSING", "unknown")
    assert len(bank.ledger()) == 1


def test_it_does_not_let_one_order_use_up_the_attempts_of_others(
    bank: BankClient, rail: SandboxRail, organization: Organization
) -> None:
    breaker = paying(organization, "0007")
    others = [paying(organization, suffix) for suffix in ("0009", "7890", "0007", "7890", "0009")]

    for _ in range(rail.timing.most_attempts - 2):
        work(rail)
        let_time_pass(rail.timing.settle_window)
        ask(rail)
    work(rail)

    for payout in (breaker, *others):
        assert state_of(payout) == ("COMPLETED", "confirmed")
    assert len(bank.ledger()) == 6


def test_it_claims_no_more_than_can_be_sent_in_a_few_calls(rail: SandboxRail, recipient: Recipient) -> None:
    for _ in range(12):
        make_payout(recipient)
    # Two attempts have failed: from now on each of them travels alone.
    Payout.objects.update(status="PROCESSING", stage="retry_wait", attempts_made=2)

    batch = claim_payouts(rail)

    assert len(batch.orders) == 10
    assert batch.is_anything_left
    assert Payout.objects.filter(stage="retry_wait", next_run_at__isnull=False).count() == 2


def test_it_sends_at_once_what_was_not_its_turn_in_time(rail: SandboxRail, recipient: Recipient) -> None:
    payout = make_payout(recipient)
    patient = rail.timing
    rail.timing = replace(patient, lease=timedelta(0))
    process_payouts(rail=rail, budget_seconds=0.01)
    rail.timing = patient

    work(rail)

    assert state_of(payout) == ("COMPLETED", "confirmed")


def test_it_declares_unknown_what_a_lost_worker_held_and_never_due(
    bank: BankClient, rail: SandboxRail, recipient: Recipient
) -> None:
    payout = make_payout(recipient)
    claim_payouts(rail)  # and the worker is killed

    assert expire_leases(now=database_now()) == 0
    let_time_pass(rail.timing.lease + A_SECOND)
    assert expire_leases(now=database_now()) == 1

    assert state_of(payout) == ("PROCESSING", "unknown")
    assert payout.next_run_at is None
    work(rail)
    assert not bank.ledger()


def test_it_fences_off_the_late_word_of_a_worker_that_was_given_up(
    bank: BankClient, rail: SandboxRail, recipient: Recipient
) -> None:
    payout = make_payout(recipient)
    batch = claim_payouts(rail)
    let_time_pass(rail.timing.lease + A_SECOND)
    expire_leases(now=database_now())

    answer(rail, batch, Completed("late"))

    assert state_of(payout) == ("PROCESSING", "unknown")
    assert not bank.ledger()


def test_it_fences_off_the_holder_of_an_older_claim(
    bank: BankClient, rail: SandboxRail, recipient: Recipient
) -> None:
    payout = make_payout(recipient)
    stale = claim_payouts(rail)
    PayoutAttempt.objects.update(state="not_sent")
    Payout.objects.update(stage="retry_wait", next_run_at=database_now())
    current = claim_payouts(rail)
    assert [each.fence for each in current.orders] == [2]

    answer(rail, stale, Completed("stale"))
    assert state_of(payout) == ("PROCESSING", "sending")
    answer(rail, current, Completed("current"))
    assert state_of(payout) == ("COMPLETED", "confirmed")
    assert not bank.ledger()


def test_it_does_not_send_when_its_lease_has_run_out_by_then(
    bank: BankClient, rail: SandboxRail, recipient: Recipient
) -> None:
    payout = make_payout(recipient)
    rail.timing = replace(rail.timing, lease=timedelta(0))

    process_payouts(rail=rail, budget_seconds=0.1)

    # Refused here, before a byte left; the bank would have refused it too, as arriving too late.
    assert state_of(payout) == ("PROCESSING", "retry_wait")
    assert attempts_of(payout) == [(1, "not_sent")]
    assert not bank.ledger()


def test_it_has_an_order_refused_that_arrives_after_its_sender_was_given_up(
    bank: BankClient, rail: SandboxRail, recipient: Recipient
) -> None:
    make_payout(recipient)
    batch = claim_payouts(rail)

    outcomes = rail.submit([each.order for each in batch.orders], valid_until=NOON)

    (outcome,) = outcomes.values()
    assert type(outcome).__name__ == "Rejected"
    assert not bank.ledger()


def test_it_sets_aside_payouts_whose_recipient_was_deactivated_after_they_were_taken(
    bank: BankClient, rail: SandboxRail, recipient: Recipient
) -> None:
    payout = make_payout(recipient)
    type(recipient).objects.update(is_active=False)  # as a deactivation that a creation has raced

    work(rail)

    assert state_of(payout) == ("NEW", "on_hold")
    assert payout.status_details == "The recipient is not active."
    assert not bank.ledger()


def test_it_holds_and_releases_payouts_with_their_recipient(
    bank: BankClient, rail: SandboxRail, caller: Caller, recipient: Recipient
) -> None:
    payout = make_payout(recipient)
    for is_active, expected in ((False, ("NEW", "on_hold")), (True, ("NEW", "ready"))):
        update_recipient(
            caller=caller,
            recipient_id=recipient.pk,
            changes=RecipientChanges(is_active=is_active),
            now=database_now(),
        )
        assert state_of(payout) == expected

    work(rail)
    assert state_of(payout) == ("COMPLETED", "confirmed")
    assert history_of(payout) == ["Created", "Held", "Released", "Sending", "Completed"]
    assert len(bank.ledger()) == 1


def test_it_sets_aside_a_retry_whose_recipient_was_deactivated_and_releases_it(
    bank: BankClient, rail: SandboxRail, caller: Caller, organization: Organization
) -> None:
    payout = paying(organization, "0003")
    work(rail)
    let_time_pass(AN_HOUR)
    for is_active, stage in ((False, "needs_review"), (True, "retry_wait")):
        update_recipient(
            caller=caller,
            recipient_id=payout.recipient_id,
            changes=RecipientChanges(is_active=is_active),
            now=database_now(),
        )
        if not is_active:
            work(rail)
        assert state_of(payout) == ("PROCESSING", stage)
    assert not bank.ledger()


def test_it_settles_a_thousand_payouts_in_a_tenth_of_as_many_statements(
    bank: BankClient, rail: SandboxRail, recipient: Recipient
) -> None:
    for _ in range(1_000):
        make_payout(recipient)

    with CaptureQueriesContext(connection) as queries:
        work(rail)
        while relay_events(event_bus):
            pass

    assert len(bank.ledger()) == 1_000
    assert not PendingEvent.objects.exists()
    # Those that begin and end transactions, and those of whoever counts events, among them.
    assert len(queries) <= 100


@pytest.mark.django_db(transaction=True)
def test_it_never_gives_two_workers_the_same_payout(recipient: Recipient) -> None:
    rail = get_rail("sandbox")
    for _ in range(60):
        make_payout(recipient)

    def claim(_: int) -> list[str]:
        try:
            return [each.order.rail_key for each in claim_payouts(rail).orders]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as workers:
        claimed = [key for keys in workers.map(claim, range(8)) for key in keys]

    assert len(claimed) == len(set(claimed)) == 60
    assert PayoutAttempt.objects.count() == 60
