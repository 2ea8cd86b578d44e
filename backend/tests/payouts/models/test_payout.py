from __future__ import annotations

import uuid
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction

from database.encryption import Encrypted, EncryptedTextField
from payouts.domain.failure import Failure, FailureCode, Source
from payouts.models import Payout
from payouts.models.payout import REENCRYPTING
from tests.factories import NOON, add_payout, make_payout, make_recipient
from tests.payouts.models.guards import (
    Write,
    by_both_ways,
    deleted_by_both_ways,
    refused_by,
    write_by_queryset,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from access.models import Organization
    from payouts.models import Recipient

FAILURE = Failure(FailureCode.ACCOUNT_CLOSED, Source.RAIL).as_json()

# What else is true of a payout in each status.
IN_STATUS: dict[str, dict[str, Any]] = {
    "NEW": {"stage": "ready", "failure": None},
    "PROCESSING": {"stage": "sending", "failure": None, "next_run_at": None},
    "COMPLETED": {"stage": "confirmed", "failure": None, "next_run_at": None, "completed_at": NOON},
    "FAILED": {"stage": "declined", "failure": FAILURE, "next_run_at": None},
    "CANCELED": {"stage": "by_user", "failure": None, "next_run_at": None},
    "RETURNED": {"stage": "returned", "failure": None, "next_run_at": None},
}
# Lawful ways from NEW to each status.
WAYS = {
    "NEW": [],
    "PROCESSING": ["PROCESSING"],
    "COMPLETED": ["PROCESSING", "COMPLETED"],
    "FAILED": ["FAILED"],
    "CANCELED": ["CANCELED"],
    "RETURNED": ["PROCESSING", "RETURNED"],
}
# Written out from the design, not from the code.
MOVES = {
    ("NEW", "PROCESSING"),
    ("NEW", "FAILED"),
    ("NEW", "CANCELED"),
    ("PROCESSING", "COMPLETED"),
    ("PROCESSING", "FAILED"),
    ("PROCESSING", "RETURNED"),
    ("PROCESSING", "CANCELED"),
    ("COMPLETED", "RETURNED"),
    ("COMPLETED", "FAILED"),
    ("FAILED", "NEW"),
}
OTHER_MOVES = sorted(set(product(IN_STATUS, IN_STATUS)) - MOVES - {(status, status) for status in IN_STATUS})


def bring_to(payout: Payout, status: str) -> Payout:
    for step in WAYS[status]:
        write_by_queryset(payout, status=step, **IN_STATUS[step])
    return payout


@by_both_ways
@pytest.mark.parametrize(("current", "target"), sorted(MOVES))
def test_it_makes_the_moves_of_the_table(payout: Payout, write: Write, current: str, target: str) -> None:
    bring_to(payout, current)
    write(payout, status=target, **IN_STATUS[target])

    payout.refresh_from_db()
    assert payout.status == target


@by_both_ways
@pytest.mark.parametrize(("current", "target"), OTHER_MOVES)
def test_it_makes_no_other_move(payout: Payout, write: Write, current: str, target: str) -> None:
    bring_to(payout, current)

    with refused_by("payout_status_moves"):
        write(payout, status=target, **IN_STATUS[target])


WRITTEN_ONCE: dict[str, Any] = {
    "reference": "01JNAXZ5R8W4Q8T0M9H6N3K2VB",
    "end_to_end_id": "PO01JNAXZ5R8W4Q8T0M9H6N3K2VB",
    "uetr": uuid.UUID("7d9b1a3e-58f0-4d1c-9a54-0d6f1f2f9a10"),
    "amount_minor": 10_051,
    "currency": "EUR",
    "idempotency_key": "another-key",
    "request_fingerprint": "v1:other",
    "recipient_name_snapshot": "Jane Doe",
    "bank_code_snapshot": "MFO999",
    "country_snapshot": "PL",
    "metadata": {"order": "other"},
    "created_by": "operator:jane",
    "created_at": NOON,
}


@by_both_ways
@pytest.mark.parametrize("column", WRITTEN_ONCE)
def test_it_keeps_what_was_asked_for(payout: Payout, write: Write, column: str) -> None:
    with refused_by("payout_written_once"):
        write(payout, **{column: WRITTEN_ONCE[column]})


@by_both_ways
def test_it_keeps_its_recipient(payout: Payout, write: Write, organization: Organization) -> None:
    with refused_by("payout_written_once"):
        write(payout, recipient=make_recipient(organization).pk)


@by_both_ways
def test_it_keeps_its_organization(payout: Payout, write: Write, other_organization: Organization) -> None:
    with refused_by("payout_written_once"):
        write(payout, organization=other_organization.pk)


@by_both_ways
def test_it_lets_the_rest_be_written(payout: Payout, write: Write) -> None:
    write(payout, rail="manual", status_details="By hand.", amount_minor=payout.amount_minor)

    payout.refresh_from_db()
    assert (payout.rail, payout.status_details) == ("manual", "By hand.")


@deleted_by_both_ways
def test_it_is_never_deleted(payout: Payout, delete: Callable[[Payout], None]) -> None:
    with refused_by("payout_is_never_deleted"):
        delete(payout)
    assert Payout.objects.filter(pk=payout.pk).exists()


BROKEN: list[tuple[str, str, dict[str, Any]]] = [
    # constraint, status it stands in, what is written
    ("payout_stage_is_of_status", "NEW", {"stage": "sending", "next_run_at": None}),
    ("payout_stage_is_of_status", "PROCESSING", {"stage": "ready"}),
    ("payout_stage_is_of_status", "PROCESSING", {"stage": "needs review"}),
    ("payout_stage_is_of_status", "COMPLETED", {"stage": "returned"}),
    ("payout_stage_is_of_status", "FAILED", {"stage": "confirmed"}),
    ("payout_stage_is_of_status", "CANCELED", {"stage": ""}),
    ("payout_stage_is_of_status", "RETURNED", {"stage": "by_user"}),
    ("payout_failure_is_of_failed", "NEW", {"failure": FAILURE}),
    ("payout_failure_is_of_failed", "PROCESSING", {"failure": FAILURE}),
    ("payout_failure_is_of_failed", "COMPLETED", {"failure": FAILURE}),
    ("payout_failure_is_of_failed", "FAILED", {"failure": None}),
    ("payout_failure_is_of_failed", "PROCESSING", {"status": "FAILED", "stage": "declined"}),
    ("payout_completion_has_time", "COMPLETED", {"completed_at": None}),
    ("payout_completion_has_time", "PROCESSING", {"status": "COMPLETED", "stage": "confirmed"}),
    ("payout_runs_only_when_waiting", "NEW", {"stage": "on_hold", "next_run_at": NOON}),
    ("payout_runs_only_when_waiting", "PROCESSING", {"next_run_at": NOON}),
    ("payout_runs_only_when_waiting", "PROCESSING", {"stage": "unknown", "next_run_at": NOON}),
    ("payout_runs_only_when_waiting", "COMPLETED", {"next_run_at": NOON}),
    ("payout_runs_only_when_waiting", "FAILED", {"next_run_at": NOON}),
    ("payout_runs_only_when_waiting", "CANCELED", {"next_run_at": NOON}),
    ("payout_runs_only_when_waiting", "RETURNED", {"next_run_at": NOON}),
    ("payout_runs_only_when_waiting", "NEW", {"deleted_at": NOON, "next_run_at": NOON}),
    ("payout_deleted_only_untouched", "PROCESSING", {"deleted_at": NOON}),
    ("payout_deleted_only_untouched", "COMPLETED", {"deleted_at": NOON}),
    ("payout_deleted_only_untouched", "NEW", {"deleted_at": NOON, "next_run_at": None, "attempts_made": 1}),
]


@by_both_ways
@pytest.mark.parametrize(("constraint", "status", "changes"), BROKEN)
def test_it_never_contradicts_itself(
    payout: Payout, write: Write, constraint: str, status: str, changes: dict[str, Any]
) -> None:
    bring_to(payout, status)

    with refused_by(constraint):
        write(payout, **changes)


def draft(like: Payout, **changes: Any) -> Payout:
    """A payout that is not stored yet, with key and reference of its own."""
    usual = {
        field.attname: getattr(like, field.attname)
        for field in like._meta.concrete_fields
        if not field.primary_key
    }
    unique = {"reference": uuid.uuid4().hex[:26], "idempotency_key": uuid.uuid4().hex}
    return Payout(**usual | unique | changes)


@pytest.mark.parametrize("amount_minor", [0, -1, 10**13 + 1])
def test_it_is_never_of_an_amount_that_cannot_be_paid(payout: Payout, amount_minor: int) -> None:
    with refused_by("payout_amount_is_payable"):
        draft(payout, amount_minor=amount_minor).save()
    with refused_by("payout_amount_is_payable"):
        add_payout(draft(payout, amount_minor=amount_minor))


@pytest.mark.parametrize("amount_minor", [1, 10**13])
def test_it_can_be_of_the_least_and_of_the_largest_amount(payout: Payout, amount_minor: int) -> None:
    assert add_payout(draft(payout, amount_minor=amount_minor))


def test_it_is_the_only_one_with_its_key(payout: Payout) -> None:
    with refused_by("payout_key_is_single"):
        draft(payout, idempotency_key=payout.idempotency_key).save()


def test_it_is_the_only_one_with_its_reference(payout: Payout) -> None:
    with refused_by("payout_reference_is_single"):
        draft(payout, reference=payout.reference).save()


def test_it_never_pays_a_recipient_of_another_organization(
    payout: Payout, other_organization: Organization
) -> None:
    theirs = make_recipient(other_organization)

    with refused_by("payout_recipient_of_same_organization"):
        draft(payout, recipient_id=theirs.pk).save()


def test_it_never_pays_a_recipient_that_does_not_exist(payout: Payout) -> None:
    with refused_by("payout_recipient_of_same_organization"):
        draft(payout, recipient_id=2**62).save()


def other_ciphertext_of(payout: Payout) -> Encrypted:
    """The same account number, encrypted once more: as valid as the one that is there."""
    field = Payout._meta.get_field("account_number_snapshot")
    assert isinstance(field, EncryptedTextField)
    return field.encrypt(payout, payout.account_number_snapshot)


@by_both_ways
def test_it_keeps_the_account_number_it_was_made_with(payout: Payout, write: Write) -> None:
    with refused_by("payout_account_only_reencrypted"):
        write(payout, account_number_snapshot=other_ciphertext_of(payout))


@by_both_ways
def test_it_is_encrypted_anew_where_that_was_declared(payout: Payout, write: Write) -> None:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, 'on', true)", [REENCRYPTING])
        write(payout, account_number_snapshot=other_ciphertext_of(payout))
    payout.refresh_from_db()
    assert payout.account_number_snapshot == "UA1234567890"


@by_both_ways
def test_it_never_holds_a_readable_account_number(payout: Payout, write: Write) -> None:
    with transaction.atomic(), refused_by("payout_account_is_encrypted"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config(%s, 'on', true)", [REENCRYPTING])
        write(payout, account_number_snapshot=Encrypted(b"UA1234567890" * 4))


def test_it_describes_itself_without_bank_details(payout: Payout) -> None:
    assert str(payout) == f"payout {payout.reference}"
    assert payout.account_number_snapshot not in repr(payout)


def test_it_knows_its_money_and_what_was_asked_for(recipient: Recipient) -> None:
    payout = make_payout(recipient, metadata={"order": "7"})

    assert payout.money.amount == "100.50"
    assert payout.requested_content.fingerprint() == payout.request_fingerprint
    other = replace(payout.requested_content, metadata={})
    assert payout.requested_content.differing_fields(other) == ["metadata"]
