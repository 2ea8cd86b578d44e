from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from database.encryption import Encrypted
from payouts.models import Recipient
from tests.factories import NOON
from tests.payouts.models.guards import Write, by_both_ways, deleted_by_both_ways, refused_by

if TYPE_CHECKING:
    from collections.abc import Callable

    from access.models import Organization


@by_both_ways
def test_it_keeps_its_organization(
    recipient: Recipient, write: Write, other_organization: Organization
) -> None:
    with refused_by("recipient_keeps_organization"):
        write(recipient, organization=other_organization.pk)


@by_both_ways
def test_it_keeps_the_time_it_was_made(recipient: Recipient, write: Write) -> None:
    with refused_by("recipient_keeps_organization"):
        write(recipient, created_at=NOON)


@by_both_ways
def test_it_lets_the_rest_be_changed(recipient: Recipient, write: Write) -> None:
    write(recipient, name="Jane Doe", bank_code="MFO999", is_active=False)

    recipient.refresh_from_db()
    assert (recipient.name, recipient.bank_code, recipient.is_active) == ("Jane Doe", "MFO999", False)


@by_both_ways
@pytest.mark.parametrize(
    ("constraint", "changes"),
    [
        ("recipient_type_is_known", {"type": "COMPANY"}),
        ("recipient_type_is_known", {"type": "individual"}),
        ("recipient_has_name", {"name": ""}),
        ("recipient_account_is_encrypted", {"account_number": Encrypted(b"")}),
        ("recipient_account_is_encrypted", {"account_number": Encrypted(b"UA1234567890")}),
        ("recipient_account_is_encrypted", {"account_number": Encrypted(b"UA1234567890" * 3)}),
        ("recipient_account_is_encrypted", {"account_number": Encrypted(b"\x01" * 31)}),
    ],
)
def test_it_is_somebody_who_can_be_paid(
    recipient: Recipient, write: Write, constraint: str, changes: dict[str, Any]
) -> None:
    with refused_by(constraint):
        write(recipient, **changes)


@deleted_by_both_ways
def test_it_is_never_deleted(recipient: Recipient, delete: Callable[[Recipient], None]) -> None:
    with refused_by("recipient_is_never_deleted"):
        delete(recipient)
    assert Recipient.objects.filter(pk=recipient.pk).exists()


def test_it_describes_itself_without_its_account(recipient: Recipient) -> None:
    assert str(recipient) == f"John Doe (recipient {recipient.pk})"
    assert recipient.account_number not in repr(recipient)
