from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.environment import Environment
from database.clock import database_now
from payouts.application.ask_after_restore import AskedRail, ask_after_restore
from payouts.application.change_status import change_status
from payouts.application.claim_payouts import claim_payouts
from payouts.application.delete_payout import delete_payout
from payouts.application.new_attempt import new_attempt
from payouts.application.update_recipient import update_recipient
from payouts.domain.recipient import RecipientChanges
from payouts.domain.standing import Waiting
from payouts.domain.status import Status
from payouts.models import Payout, PayoutAttempt
from payouts.selectors import report_standing
from tests.factories import NOON, make_caller, make_organization, make_payout, make_recipient
from tests.payouts.api.lists import copy_payout
from tests.payouts.application.engine import let_time_pass, unreachable_bank, work

if TYPE_CHECKING:
    from access.models import Organization
    from infrastructure.payouts.rails.sandbox import SandboxRail
    from payouts.models import Recipient

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def is_about(waiting: Waiting, count: int, age: timedelta) -> bool:
    """A test takes a while, and so the ages grow."""
    assert waiting.oldest_age is not None
    return waiting.count == count and age <= waiting.oldest_age < age + timedelta(minutes=1)


def test_it_finds_nothing_where_nothing_waits() -> None:
    standing = report_standing()
    assert (standing.heartbeats, standing.open_payouts, standing.due) == ((), (), {"sandbox": Waiting()})
    assert standing.markers == standing.expired_leases == standing.unknown == Waiting()
    assert standing.held == standing.not_asked_about == Waiting()


def test_it_measures_what_is_due_and_not_what_is_due_later(recipient: Recipient) -> None:
    for hours in (3, 2, -1):
        payout = make_payout(recipient)
        Payout.objects.filter(pk=payout.pk).update(next_run_at=database_now() - hours * HOUR)

    standing = report_standing()

    assert is_about(standing.due["sandbox"], 2, 3 * HOUR)
    assert standing.markers.count == 5  # of the organization, the recipient, and each payout


def test_it_measures_stages_by_when_their_payouts_last_moved(
    rail: SandboxRail, organization: Organization
) -> None:
    payout = make_payout(make_recipient(organization, account_number="UA123456780006"))
    work(rail)
    Payout.objects.filter(pk=payout.pk).update(updated_at=database_now() - HOUR)
    make_payout(make_recipient(organization, account_number="UA123456780006"))
    work(rail)

    standing = report_standing()

    assert is_about(standing.unknown, 2, HOUR)
    assert list(standing.by_stage) == ["unknown"]
    assert standing.due["sandbox"] == Waiting()


def test_it_measures_leases_from_when_they_ran_out(rail: SandboxRail, recipient: Recipient) -> None:
    make_payout(recipient)
    claim_payouts(rail)
    assert report_standing().expired_leases == Waiting()

    let_time_pass(rail.timing.lease + HOUR)
    assert is_about(report_standing().expired_leases, 1, HOUR - timedelta(seconds=1))


def test_it_finds_what_an_unfinished_restore_holds(rail: SandboxRail, organization: Organization) -> None:
    make_payout(make_recipient(organization, account_number="UA123456780006"))
    work(rail)
    with unreachable_bank() as cut_off:
        make_payout(make_recipient(organization))
        work(cut_off)
        make_payout(make_recipient(organization))
        stopped_at = database_now() - rail.timing.settle_window
        asked = ask_after_restore(rail=cut_off, stopped_at=stopped_at, wait=lambda _seconds: None)
    assert asked == AskedRail(payouts=3, held=3)
    Payout.objects.update(updated_at=database_now() - HOUR)
    PayoutAttempt.objects.update(updated_at=database_now() - 2 * HOUR)

    standing = report_standing()

    assert is_about(standing.held, 1, HOUR)
    assert is_about(standing.not_asked_about, 2, 2 * HOUR)
    assert standing.due == {"sandbox": Waiting()}


def test_it_takes_a_payout_of_an_inactive_recipient_for_nothing_that_a_restore_holds(
    recipient: Recipient,
) -> None:
    payout = make_payout(recipient)
    caller, changes = make_caller(recipient.organization), RecipientChanges(is_active=False)
    update_recipient(caller=caller, recipient_id=recipient.pk, changes=changes, now=database_now())
    payout.refresh_from_db()
    assert payout.stage == "on_hold"
    assert report_standing().held == Waiting()


@pytest.mark.parametrize("suffix", ["0006", "0013"])  # its reply is lost; it is accepted, and never ends
def test_it_measures_questions_from_when_it_was_time_for_them(
    suffix: str, rail: SandboxRail, organization: Organization
) -> None:
    make_payout(make_recipient(organization, account_number=f"UA12345678{suffix}"))
    work(rail)
    for seconds_late in (-1, 1, 50):
        late = timedelta(seconds=seconds_late)
        PayoutAttempt.objects.update(next_inquiry_at=database_now() - late)
        assert report_standing().not_asked_about == Waiting()

    PayoutAttempt.objects.update(next_inquiry_at=database_now() - HOUR)
    assert is_about(report_standing().not_asked_about, 1, HOUR)


def test_it_tells_apart_what_people_are_to_pay() -> None:
    live = make_organization("Live", Environment.LIVE)
    ready, taken_over = (make_payout(make_recipient(live)) for _ in range(2))
    change_status(
        caller=make_caller(live),
        payout_id=taken_over.pk,
        target=Status.PROCESSING,
        reason="",
        now=timezone.now(),
    )

    standing = report_standing()

    assert standing.paid_by_people.count == 2
    assert [(payouts.rail, payouts.stage) for payouts in standing.open_payouts] == [
        ("manual", "accepted"),
        ("manual", "ready"),
    ]
    assert ready.rail == "manual"
    assert standing.due == {"sandbox": Waiting()}
    assert standing.held == standing.not_asked_about == Waiting()


def test_it_leaves_out_what_has_ended_or_was_deleted(rail: SandboxRail, recipient: Recipient) -> None:
    make_payout(recipient)
    work(rail)
    deleted = make_payout(recipient)
    delete_payout(caller=make_caller(recipient.organization), payout_id=deleted.pk, now=timezone.now())
    standing = report_standing()
    assert standing.open_payouts == ()
    assert standing.held == standing.not_asked_about == Waiting()


def make_history(payout: Payout, payouts: int) -> None:
    """All that there is has come to its end, after one attempt each."""
    copy_payout(payout, payouts)
    Payout.objects.update(
        status="FAILED", stage="declined", failure={}, next_run_at=None, attempts_made=1, updated_at=NOON
    )
    PayoutAttempt.objects.bulk_create(
        new_attempt(each, number=1, rail=each.rail, first_sent_at=NOON, state="failed")
        for each in Payout.objects.all()
    )


def test_it_costs_the_same_few_statements_and_each_has_its_index(recipient: Recipient) -> None:
    make_history(make_payout(recipient), 500)
    make_payout(recipient)
    with CaptureQueriesContext(connection) as queries:
        report_standing()
    statements = [query["sql"] for query in queries if "payouts_" in query["sql"]]

    assert len(queries) == 7
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE payouts_payout, payouts_payoutattempt")
        cursor.execute("SET LOCAL enable_seqscan = off")  # so few rows are read faster as they lie
        plans = []
        for statement in statements:
            cursor.execute(f"EXPLAIN {statement}")
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
    # Of the attempts that are out, a short table may be read by the index of the live ones just as well.
    indexes = [
        {"payout_due"},
        {"payout_open"},
        {"attempt_leased", "attempt_live_is_single"},
        {"payout_open"},
        {"attempt_live_is_single"},
    ]
    for plan, possible in zip(plans, indexes, strict=True):
        assert any(index in plan for index in possible), plan
