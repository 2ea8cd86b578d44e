from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction

from payouts.models import PayoutAttempt
from payouts.repositories.attempts import (
    BegunAttempt,
    add_attempts,
    begin_attempts,
    claim_again,
    find_last_attempt,
    find_succeeded_attempt,
    list_expired_leases,
    lock_attempts,
    map_unsent_attempts,
    take_attempts_to_ask_about,
)
from tests.factories import A_MINUTE, NOON, make_payout
from tests.payouts.repositories.attempt_rows import make_attempt, make_sent

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from pytest_django import DjangoAssertNumQueries

    from payouts.models import Recipient

    Elsewhere = Callable[[Callable[[], Any]], Future[Any]]


def test_it_reads_attempts_with_their_locked_payouts_in_two_statements(
    recipient: Recipient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    sent = [make_sent(recipient) for _ in range(3)]
    make_sent(recipient, rail="manual")
    keys = [attempt.rail_key for attempt in sent]

    with transaction.atomic(), django_assert_num_queries(2):
        locked = lock_attempts(rail="sandbox", rail_keys=[*keys, "unknown-key-1"])
        assert {(attempt.rail_key, attempt.payout.status) for attempt in locked} == {
            (key, "PROCESSING") for key in keys
        }
    with transaction.atomic():
        assert lock_attempts(rail="manual", rail_keys=keys) == []


@pytest.mark.django_db(transaction=True)
def test_it_reads_attempts_as_whoever_held_their_payout_left_them(
    recipient: Recipient, elsewhere: Elsewhere
) -> None:
    sent = make_sent(recipient)

    def read_state() -> str:
        with transaction.atomic():
            (attempt,) = lock_attempts(rail="sandbox", rail_keys=[sent.rail_key])
            return attempt.state

    with transaction.atomic():
        lock_attempts(rail="sandbox", rail_keys=[sent.rail_key])
        waiting = elsewhere(read_state)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.2)
        PayoutAttempt.objects.update(state="unknown")
    assert waiting.result(timeout=3) == "unknown"


def test_it_finds_the_last_attempt_and_the_one_that_paid(recipient: Recipient) -> None:
    payout = make_payout(recipient)
    assert (find_succeeded_attempt(payout), find_last_attempt(payout)) == (None, None)
    first = make_attempt(payout, state="succeeded")
    second = make_attempt(payout, 2, state="failed")
    make_sent(recipient)

    assert (find_succeeded_attempt(payout), find_last_attempt(payout)) == (first, second)


def test_it_maps_payouts_to_what_was_not_sent_and_to_nothing_else(recipient: Recipient) -> None:
    unsent, sending, other = (
        make_sent(recipient, state=state) for state in ("not_sent", "sending", "not_sent")
    )

    assert map_unsent_attempts([unsent.payout, sending.payout]) == {unsent.payout_id: unsent}
    assert map_unsent_attempts([]) == {}
    assert other.state == "not_sent"


def test_it_adds_many_attempts_in_one_statement(
    recipient: Recipient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    payouts = [make_payout(recipient) for _ in range(3)]
    attempts = [
        PayoutAttempt(
            organization_id=payout.organization_id, payout=payout, number=1, rail="sandbox",
            rail_key=f"{payout.reference}-1", request_hash="0" * 64, first_sent_at=NOON,
        )
        for payout in payouts
    ]  # fmt: skip

    with django_assert_num_queries(1):
        add_attempts(attempts)

    assert set(PayoutAttempt.objects.values_list("state", "fence")) == {("sending", 1)}


def test_it_begins_many_attempts_in_one_statement_and_marks_their_payouts(
    recipient: Recipient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    payouts, left_alone = [make_payout(recipient) for _ in range(3)], make_payout(recipient)
    begun = [BegunAttempt(payout, 1, f"{payout.reference}-1", "0" * 64) for payout in payouts]

    with django_assert_num_queries(1):
        begin_attempts(begun, rail="sandbox", now=NOON, lease_until=NOON + A_MINUTE)

    attempts = {attempt.payout_id: attempt for attempt in PayoutAttempt.objects.select_related("payout")}
    assert attempts.keys() == {payout.pk for payout in payouts}
    for payout in payouts:
        attempt = attempts[payout.pk]
        assert (attempt.number, attempt.rail_key, attempt.rail) == (1, f"{payout.reference}-1", "sandbox")
        assert (attempt.state, attempt.fence, attempt.inquiries) == ("sending", 1, 0)
        assert (attempt.first_sent_at, attempt.lease_until) == (NOON, NOON + A_MINUTE)
        assert (attempt.payout.status, attempt.payout.stage) == ("PROCESSING", "sending")
        assert (attempt.payout.attempts_made, attempt.payout.next_run_at) == (1, None)
    left_alone.refresh_from_db()
    assert (left_alone.stage, left_alone.attempts_made) == ("ready", 0)


@pytest.mark.django_db
def test_it_begins_nothing_without_a_statement(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        begin_attempts([], rail="sandbox", now=NOON, lease_until=NOON)


def test_it_claims_what_was_not_sent_again_under_the_next_fence(recipient: Recipient) -> None:
    unsent, other = make_sent(recipient, state="not_sent", fence=3), make_sent(recipient, state="not_sent")
    claim_again([unsent], now=NOON + A_MINUTE, lease_until=NOON + 2 * A_MINUTE)

    stored = PayoutAttempt.objects.get(pk=unsent.pk)
    assert (stored.state, stored.fence) == ("sending", 4)
    assert (stored.first_sent_at, stored.lease_until) == (NOON + A_MINUTE, NOON + 2 * A_MINUTE)
    assert unsent.fence == 4
    other.refresh_from_db()
    assert (other.state, other.fence) == ("not_sent", 1)


def test_it_lists_leases_that_ran_out_longest_ago_first(recipient: Recipient) -> None:
    late, later = (make_sent(recipient, lease_until=NOON - minutes * A_MINUTE) for minutes in (1, 2))
    make_sent(recipient, lease_until=NOON)
    make_sent(recipient, state="unknown", lease_until=NOON - A_MINUTE)

    assert list_expired_leases(now=NOON, limit=10) == [later, late]
    assert list_expired_leases(now=NOON, limit=1) == [later]


def test_it_takes_what_is_due_to_be_asked_about_and_puts_it_off_for_others(recipient: Recipient) -> None:
    due, overdue = (
        make_sent(recipient, state="unknown", next_inquiry_at=NOON - minutes * A_MINUTE) for minutes in (0, 1)
    )
    not_yet = make_sent(recipient, state="accepted", next_inquiry_at=NOON + A_MINUTE)
    make_sent(recipient, state="unknown", rail="manual", next_inquiry_at=NOON)

    def take(limit: int) -> list[PayoutAttempt]:
        with transaction.atomic():
            return take_attempts_to_ask_about(
                rail="sandbox", limit=limit, now=NOON, taken_until=NOON + 2 * A_MINUTE
            )

    assert take(1) == [overdue]
    assert take(10) == [due]
    assert take(10) == []
    due.refresh_from_db()
    not_yet.refresh_from_db()
    assert (due.next_inquiry_at, not_yet.next_inquiry_at) == (NOON + 2 * A_MINUTE, NOON + A_MINUTE)


@pytest.mark.django_db(transaction=True)
def test_it_asks_about_nothing_that_somebody_else_is_taking(
    recipient: Recipient, elsewhere: Elsewhere
) -> None:
    first, second = (
        make_sent(recipient, state="unknown", next_inquiry_at=NOON - minutes * A_MINUTE) for minutes in (2, 1)
    )

    def take(limit: int) -> list[PayoutAttempt]:
        with transaction.atomic():
            return take_attempts_to_ask_about(
                rail="sandbox", limit=limit, now=NOON, taken_until=NOON + A_MINUTE
            )

    with transaction.atomic():
        assert take(1) == [first]
        assert elsewhere(lambda: take(10)).result(timeout=2) == [second]
