from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import connection

from access.environment import Environment
from config import celery_app
from database.clock import database_now
from events.models import Event, PendingEvent
from infrastructure.payouts import tasks
from payouts.application.claim_payouts import claim_payouts
from payouts.application.expire_leases import BATCH_SIZE
from payouts.domain.standing import EVENT_WAITS_LONG
from payouts.models import Payout, PayoutAttempt
from tests.factories import make_organization, make_payout, make_recipient
from tests.infrastructure.broker import WAKE_UP
from tests.payouts.api.lists import copy_payout
from tests.payouts.application.engine import attempts_of, history_of, let_time_pass, state_of, work
from tests.sandbox_bank.bank_client import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog.typing import EventDict

    from access.models import Organization
    from infrastructure.payouts.rails.sandbox import SandboxRail
    from payouts.domain.rail import Timing
    from payouts.models import Recipient
    from tests.infrastructure.broker import Broker
    from tests.sandbox_bank.bank_client import BankClient

pytestmark = pytest.mark.django_db

A_SECOND = timedelta(seconds=1)
COMPLETED = ("COMPLETED", "confirmed")


def paying(organization: Organization, suffix: str) -> Payout:
    """A payout whose account number scripts the bank."""
    return make_payout(make_recipient(organization, account_number=f"UA12345678{suffix}"))


def paid_alone(organization: Organization, suffix: str, rail: SandboxRail) -> Payout:
    """The same, sent in a request of its own: what breaks the connection breaks it for all that travel in it."""
    payout = paying(organization, suffix)
    work(rail)
    return payout


def longest_times(timing: Timing) -> timedelta:
    return max(timing.lease, timing.settle_window, timing.accepted_patience) + A_SECOND


def test_it_is_known_to_celery_under_the_names_that_beat_calls() -> None:
    scheduled = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert len(scheduled) == 5
    celery_app.loader.import_default_modules()  # as a worker does
    assert scheduled | {"infrastructure.payouts.tasks.process_payouts"} == {
        name for name in celery_app.tasks if name.startswith("infrastructure.")
    }


def test_it_pays_what_is_due(bank: BankClient, rail: SandboxRail, recipient: Recipient) -> None:
    payouts = [make_payout(recipient) for _ in range(3)]

    tasks.process_payouts(rail.code)

    assert [state_of(payout) for payout in payouts] == [COMPLETED] * 3
    assert len(bank.ledger()) == 3


def test_it_wakes_the_next_worker_when_its_budget_is_spent(
    bank: BankClient,
    rail: SandboxRail,
    broker: Broker,
    recipient: Recipient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    payouts = [make_payout(recipient) for _ in range(3)]
    rail.capabilities = replace(rail.capabilities, largest_batch=1)
    bank.behave(latency_ms=30)
    monkeypatch.setattr(tasks, "PROCESSING_BUDGET_SECONDS", 0.01)
    for done in (1, 2, 3):
        tasks.process_payouts(rail.code)
        assert broker.wake_ups() == [WAKE_UP] * done
        assert len(bank.ledger()) == done

    tasks.process_payouts(rail.code)  # finds nothing, and wakes nobody
    assert broker.wake_ups() == [WAKE_UP] * 3
    assert {state_of(payout) for payout in payouts} == {COMPLETED}


def test_it_wakes_nobody_when_it_is_through(rail: SandboxRail, broker: Broker, recipient: Recipient) -> None:
    make_payout(recipient)
    tasks.process_payouts(rail.code)
    assert broker.wake_ups() == []


def test_it_finds_what_a_lost_message_hid(
    bank: BankClient, rail: SandboxRail, broker: Broker, recipient: Recipient
) -> None:
    payout = make_payout(recipient)
    tasks.wake_workers()
    broker.lose_everything()
    tasks.wake_workers()
    assert broker.wake_ups() == [WAKE_UP]

    tasks.process_payouts(rail.code)
    assert state_of(payout) == COMPLETED
    tasks.wake_workers()
    assert broker.wake_ups() == [WAKE_UP]
    assert len(bank.ledger()) == 1


def test_it_wakes_for_a_retry_when_its_time_has_come(
    rail: SandboxRail, broker: Broker, organization: Organization
) -> None:
    payout = paying(organization, "0003")
    work(rail)
    Payout.objects.update(next_run_at=database_now() + timedelta(minutes=1))
    tasks.wake_workers()
    assert broker.wake_ups() == []

    let_time_pass(timedelta(minutes=1))
    tasks.wake_workers()
    assert broker.wake_ups() == [WAKE_UP]
    assert state_of(payout) == ("PROCESSING", "retry_wait")


def test_it_wakes_nobody_for_what_people_pay(broker: Broker) -> None:
    live = make_organization("Live", Environment.LIVE)
    make_payout(make_recipient(live))
    tasks.wake_workers()
    assert broker.wake_ups() == []


def test_it_gives_up_every_lease_that_ran_out(rail: SandboxRail, recipient: Recipient) -> None:
    rail.capabilities = replace(rail.capabilities, largest_batch=1_000)
    payout = make_payout(recipient)
    claim_payouts(rail)
    tasks.expire_leases()
    assert state_of(payout) == ("PROCESSING", "sending")

    let_time_pass(rail.timing.lease + A_SECOND)
    for _ in range(2):  # a second sweep finds nothing, and changes nothing
        tasks.expire_leases()
        assert state_of(payout) == ("PROCESSING", "unknown")
    assert history_of(payout) == ["Created", "Sending", "OutcomeUnknown"]


def test_it_gives_up_more_leases_than_one_batch_holds(rail: SandboxRail, recipient: Recipient) -> None:
    copy_payout(make_payout(recipient), BATCH_SIZE)
    rail.capabilities = replace(rail.capabilities, largest_batch=2 * BATCH_SIZE)
    assert len(claim_payouts(rail).orders) == BATCH_SIZE + 1
    let_time_pass(rail.timing.lease + A_SECOND)

    tasks.expire_leases()

    assert not PayoutAttempt.objects.exclude(state="unknown").exists()


def test_it_asks_about_what_is_open(bank: BankClient, rail: SandboxRail, organization: Organization) -> None:
    lost, slow = (paid_alone(organization, suffix, rail) for suffix in ("0006", "0004"))
    let_time_pass(longest_times(rail.timing))
    wait_until(lambda: len(bank.ledger()) == 2)

    for _ in range(2):
        tasks.inquire_everywhere()

    assert [state_of(lost), state_of(slow)] == [COMPLETED] * 2
    assert history_of(lost) == ["Created", "Sending", "OutcomeUnknown", "Completed"]


def test_it_does_no_harm_when_its_sweeps_run_over_each_other(
    bank: BankClient, rail: SandboxRail, organization: Organization
) -> None:
    payouts = [paid_alone(organization, suffix, rail) for suffix in ("9999", "0001", "0006", "0007")]
    for _ in range(2):
        for sweep in (tasks.inquire_everywhere, tasks.expire_leases, tasks.wake_workers) * 2:
            sweep()
        let_time_pass(longest_times(rail.timing))

    completed, refused, lost, again = payouts
    assert [payout[0] for payout in map(state_of, payouts)] == [
        "COMPLETED",
        "FAILED",
        "COMPLETED",
        "COMPLETED",
    ]
    assert sorted(bank.executed_keys()) == sorted(
        [f"{completed.reference}-1", f"{lost.reference}-1", f"{again.reference}-2"]
    )
    assert attempts_of(refused) == [(1, "failed")]


@pytest.mark.django_db(transaction=True)
def test_it_does_no_harm_when_its_sweeps_run_at_once(
    bank: BankClient, rail: SandboxRail, organization: Organization
) -> None:
    rail.capabilities = replace(rail.capabilities, largest_batch=3)
    payouts = [paying(organization, suffix) for suffix in ("9999", "0006", "9999", "0007") * 5]
    for _ in range(12):
        at_once(lambda: tasks.process_payouts(rail.code), tasks.expire_leases, tasks.inquire_everywhere)
        let_time_pass(longest_times(rail.timing))

    assert {state_of(payout) for payout in payouts} == {COMPLETED}
    paid = sorted(key.rpartition("-")[0] for key in bank.executed_keys())
    assert paid == sorted(payout.reference for payout in payouts)


def at_once(*sweeps: Callable[[], None]) -> None:
    """Each of them twice, all at the same moment, each with a connection of its own."""
    start = threading.Barrier(2 * len(sweeps))

    def run(sweep: Callable[[], None]) -> None:
        try:
            start.wait()
            sweep()
        finally:
            connection.close()

    with ThreadPoolExecutor(2 * len(sweeps)) as threads:
        list(threads.map(run, [*sweeps, *sweeps]))


def wait_for_relay(age: timedelta) -> None:
    """An event has waited for the relay for so long."""
    event = Event.objects.create(
        organization_id=1,
        subject_type="payout",
        subject_id=1,
        type="PayoutCreated",
        actor="engine",
        occurred_at=database_now() - age,
    )
    PendingEvent.objects.create(event=event)


def test_it_tells_when_events_wait_too_long(log_lines: list[EventDict]) -> None:
    tasks.watch_relay()
    wait_for_relay(EVENT_WAITS_LONG - 10 * A_SECOND)
    tasks.watch_relay()
    assert log_lines == []

    PendingEvent.objects.all().delete()  # the first marker is of the oldest event
    wait_for_relay(EVENT_WAITS_LONG + 10 * A_SECOND)
    tasks.watch_relay()

    (line,) = log_lines
    assert (line["event"], line["log_level"], line["oldest_marker_seconds"]) == (
        "relay_is_behind",
        "error",
        pytest.approx(EVENT_WAITS_LONG.total_seconds() + 10, abs=5),
    )
