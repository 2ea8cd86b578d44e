from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction
from django.db.models import Q

from database.clock import database_now
from payouts.domain.status import Stage
from payouts.models import Payout
from payouts.refusals import PayoutNotFound
from payouts.repositories.payouts import (
    find_payout_by_key,
    is_any_payout_due,
    lock_due_payouts,
    lock_payout,
    lock_payouts,
    lock_payouts_of_recipient,
    mark_sending,
    move_stage,
    save_payout,
)
from tests.factories import A_MINUTE, NOON, add_payout, make_payout, make_recipient

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from pytest_django import DjangoAssertNumQueries

    from access.models import Organization
    from payouts.models import Recipient

    Elsewhere = Callable[[Callable[[], Any]], Future[Any]]


def twin_of(payout: Payout, **changes: Any) -> Payout:
    """A payout that is not stored, with the key of the other and an identity of its own."""
    columns = {
        field.attname: getattr(payout, field.attname)
        for field in payout._meta.concrete_fields
        if not field.primary_key
    }
    return Payout(**columns | {"reference": uuid.uuid4().hex[:26]} | changes)


def make_due(recipient: Recipient, *seconds: int) -> list[Payout]:
    """Payouts due this long after noon."""
    payouts = [make_payout(recipient) for _ in seconds]
    for payout, after in zip(payouts, seconds, strict=True):
        Payout.objects.filter(pk=payout.pk).update(next_run_at=NOON + timedelta(seconds=after))
    return payouts


def ids_of(payouts: list[Payout]) -> list[int]:
    return [payout.pk for payout in payouts]


def test_it_adds_a_payout_and_gives_it_its_id(recipient: Recipient) -> None:
    payout = twin_of(make_payout(recipient), idempotency_key="another-key", metadata={"order": "ключ"})

    assert add_payout(payout)
    stored = Payout.objects.get(pk=payout.pk)
    assert (stored.reference, stored.metadata, stored.uetr) == (
        payout.reference,
        {"order": "ключ"},
        payout.uetr,
    )
    assert not payout._state.adding


def test_it_adds_nothing_when_the_key_is_taken_and_leaves_the_transaction_usable(
    recipient: Recipient,
) -> None:
    payout = make_payout(recipient)

    with transaction.atomic():
        assert not add_payout(twin_of(payout))
        assert Payout.objects.count() == 1


def test_it_takes_the_key_of_a_deleted_payout_for_taken(recipient: Recipient) -> None:
    payout = make_payout(recipient)
    Payout.objects.filter(pk=payout.pk).update(deleted_at=NOON, next_run_at=None)

    assert not add_payout(twin_of(payout))


@pytest.mark.django_db(transaction=True)
def test_it_waits_for_another_transaction_that_inserts_the_key(
    recipient: Recipient, elsewhere: Elsewhere
) -> None:
    first = make_payout(recipient)
    payout = twin_of(first, idempotency_key="contended-key")

    with transaction.atomic():
        assert add_payout(payout)
        late = elsewhere(lambda: add_payout(twin_of(payout)))
        with pytest.raises(TimeoutError):
            late.result(timeout=0.2)
    assert late.result(timeout=3) is False


@pytest.mark.django_db(transaction=True)
def test_it_adds_the_payout_when_the_other_transaction_is_rolled_back(
    recipient: Recipient, elsewhere: Elsewhere
) -> None:
    payout = twin_of(make_payout(recipient), idempotency_key="contended-key")

    with transaction.atomic():
        assert add_payout(payout)
        late = elsewhere(lambda: add_payout(twin_of(payout)))
        transaction.set_rollback(True)
    assert late.result(timeout=3) is True


def test_it_finds_the_payout_of_a_key_even_deleted_and_only_its_organizations(recipient: Recipient) -> None:
    payout = make_payout(recipient, idempotency_key="invoice-0001")
    Payout.objects.filter(pk=payout.pk).update(deleted_at=NOON, next_run_at=None)

    def find(organization_id: int, key: str) -> Payout | None:
        return find_payout_by_key(organization_id=organization_id, idempotency_key=key)

    assert find(payout.organization_id, "invoice-0001") == payout
    assert find(payout.organization_id, "invoice-0002") is None
    assert find(payout.organization_id + 1, "invoice-0001") is None


def test_it_locks_no_payout_that_is_deleted_or_anothers(
    recipient: Recipient, other_organization: Organization
) -> None:
    payout = make_payout(recipient)
    mine, theirs = payout.organization_id, other_organization.pk
    with transaction.atomic():
        assert lock_payout(organization_id=mine, payout_id=payout.pk) == payout
        with pytest.raises(PayoutNotFound):
            lock_payout(organization_id=theirs, payout_id=payout.pk)
    Payout.objects.filter(pk=payout.pk).update(deleted_at=NOON, next_run_at=None)

    with transaction.atomic(), pytest.raises(PayoutNotFound):
        lock_payout(organization_id=mine, payout_id=payout.pk)


def test_it_locks_payouts_in_the_order_of_their_ids(recipient: Recipient) -> None:
    ids = ids_of([make_payout(recipient) for _ in range(5)])

    assert list(lock_payouts(ids[::-1])) == ids


def test_it_takes_due_payouts_of_the_rail_longest_due_first(
    recipient: Recipient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    late, early, now, soon = make_due(recipient, -10, -20, 0, 1)
    Payout.objects.filter(pk=make_due(recipient, -30)[0].pk).update(rail="manual")

    with transaction.atomic(), django_assert_num_queries(1):
        due = lock_due_payouts(rail="sandbox", limit=10, now=NOON)
        assert [payout.recipient.is_active for payout in due] == [True] * 3
    assert ids_of(due) == ids_of([early, late, now])
    with transaction.atomic():
        assert ids_of(lock_due_payouts(rail="sandbox", limit=1, now=NOON)) == [early.pk]
    assert soon.pk not in ids_of(due)


def test_it_says_whether_anything_is_due_on_the_rail(recipient: Recipient) -> None:
    make_due(recipient, 10)

    assert not is_any_payout_due(rail="sandbox", now=NOON)
    assert is_any_payout_due(rail="sandbox", now=NOON + A_MINUTE)
    assert not is_any_payout_due(rail="manual", now=NOON + A_MINUTE)


@pytest.mark.django_db(transaction=True)
def test_it_gives_no_two_workers_the_same_payout_and_lets_none_wait(
    recipient: Recipient, elsewhere: Elsewhere
) -> None:
    first, second = make_due(recipient, -20, -10)

    def take_all() -> list[int]:
        with transaction.atomic():
            return ids_of(lock_due_payouts(rail="sandbox", limit=10, now=NOON))

    with transaction.atomic():
        assert ids_of(lock_due_payouts(rail="sandbox", limit=1, now=NOON)) == [first.pk]
        assert elsewhere(take_all).result(timeout=2) == [second.pk]
    assert elsewhere(take_all).result(timeout=2) == [first.pk, second.pk]


@pytest.mark.django_db(transaction=True)
def test_it_lets_payouts_be_taken_whose_recipient_somebody_is_changing(
    recipient: Recipient, elsewhere: Elsewhere
) -> None:
    (due,) = make_due(recipient, -1)

    def take() -> list[int]:
        with transaction.atomic():
            return ids_of(lock_due_payouts(rail="sandbox", limit=1, now=NOON))

    with transaction.atomic():
        type(recipient)._default_manager.select_for_update(no_key=True).get(pk=recipient.pk)
        assert elsewhere(take).result(timeout=2) == [due.pk]


def test_it_locks_the_payouts_of_a_recipient_that_meet_the_condition(
    recipient: Recipient, organization: Organization
) -> None:
    ready, held, deleted = (make_payout(recipient) for _ in range(3))
    make_payout(make_recipient(organization))
    move_stage([held], Stage.ON_HOLD)
    Payout.objects.filter(pk=deleted.pk).update(deleted_at=NOON, next_run_at=None)

    with transaction.atomic():
        assert lock_payouts_of_recipient(recipient, Q(stage="ready")) == [ready]
        assert lock_payouts_of_recipient(recipient, Q()) == [ready, held]


def test_it_marks_payouts_as_being_sent_in_one_statement(
    recipient: Recipient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    payouts, left_alone = [make_payout(recipient) for _ in range(3)], make_payout(recipient)

    with django_assert_num_queries(1):
        mark_sending(payouts)

    marked = Payout.objects.filter(pk__in=ids_of(payouts))
    columns = ("status", "stage", "next_run_at", "attempts_made")
    assert set(marked.values_list(*columns)) == {("PROCESSING", "sending", None, 0)}
    left_alone.refresh_from_db()
    assert (left_alone.status, left_alone.stage) == ("NEW", "ready")


def test_it_moves_payouts_to_another_stage_and_notes_when(recipient: Recipient) -> None:
    payout = make_payout(recipient)
    move_stage([payout], Stage.ON_HOLD, details="The recipient is not active.")
    held = Payout.objects.get()
    assert (held.stage, held.status_details, held.next_run_at) == (
        "on_hold",
        "The recipient is not active.",
        None,
    )

    move_stage([payout], Stage.READY, next_run_at=NOON)
    released = Payout.objects.get()
    assert (released.stage, released.status_details, released.next_run_at) == ("ready", "", NOON)
    assert released.updated_at > payout.updated_at


def test_it_writes_only_the_fields_that_are_named(recipient: Recipient) -> None:
    payout = make_payout(recipient)
    Payout.objects.update(status_details="Somebody else's.")
    payout.rail, payout.status_details = "manual", "Mine."
    save_payout(payout, fields=["rail"])

    stored = Payout.objects.get()
    assert (stored.rail, stored.status_details) == ("manual", "Somebody else's.")
    assert stored.updated_at == payout.updated_at > stored.created_at


@pytest.mark.django_db
def test_it_reads_the_databases_clock_anew_within_a_transaction() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        first = database_now()
        cursor.execute("SELECT pg_sleep(0.01)")
        assert database_now() - first >= timedelta(milliseconds=10)
    assert first.utcoffset() == timedelta()
