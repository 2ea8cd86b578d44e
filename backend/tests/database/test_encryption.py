"""A column that only its own row can read."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest
from django.core import serializers
from django.db import connection

from core.encryption import Unreadable
from database.encryption import Encrypted, keyring
from payouts.models import Payout, Recipient
from tests import factories

if TYPE_CHECKING:
    from access.models import Organization


def stored(recipient: Recipient) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_number_encrypted FROM payouts_recipient WHERE id = %s", [recipient.pk])
        return bytes(cursor.fetchone()[0])


def test_it_stores_nothing_readable(recipient: Recipient) -> None:
    assert b"1234567890" not in stored(recipient)
    assert Recipient.objects.get().account_number == "UA1234567890"


def test_it_keeps_the_same_ciphertext_when_other_fields_are_saved(recipient: Recipient) -> None:
    before = stored(recipient)
    recipient.name = "Jane Doe"
    recipient.save()
    assert stored(recipient) == before


def test_it_is_tied_to_organization_table_column_and_row(recipient: Recipient) -> None:
    payout = factories.make_payout(recipient)
    owner = recipient.organization_id
    place = f"{owner}/payouts_recipient/account_number_encrypted/{recipient.pk}"
    assert keyring().decrypt(stored(recipient), place=place) == "UA1234567890"

    snapshot = Payout.objects.values_list("account_number_snapshot", flat=True).get()
    assert isinstance(snapshot, Encrypted)
    place = f"{owner}/payouts_payout/account_number_snapshot_encrypted/{payout.reference}"
    assert keyring().decrypt(snapshot.data, place=place) == "UA1234567890"


@pytest.mark.parametrize("by", ["row", "organization"])
def test_it_cannot_be_read_in_another_row(
    organization: Organization, other_organization: Organization, by: str
) -> None:
    owner = organization if by == "row" else other_organization
    john, thief = factories.make_recipient(organization), factories.make_recipient(owner)
    Recipient.objects.filter(pk=thief.pk).update(account_number=Encrypted(stored(john)))

    with pytest.raises(Unreadable, match=f"payouts_recipient/account_number_encrypted/{thief.pk}"):
        _ = Recipient.objects.get(pk=thief.pk).account_number


def test_it_cannot_be_read_in_another_table(recipient: Recipient) -> None:
    payout = factories.make_payout(recipient)
    Recipient.objects.filter(pk=recipient.pk).update(
        account_number=Payout.objects.values_list("account_number_snapshot", flat=True).get(pk=payout.pk)
    )
    with pytest.raises(Unreadable):
        _ = Recipient.objects.get().account_number


def test_it_takes_no_plain_text_past_the_model(recipient: Recipient) -> None:
    with pytest.raises(TypeError, match="encrypted, with its row"):
        Recipient.objects.filter(pk=recipient.pk).update(account_number="UA1")


def test_it_is_never_looked_up(recipient: Recipient) -> None:
    with pytest.raises(TypeError, match="encrypted, with its row"):
        list(Recipient.objects.filter(account_number=recipient.account_number))


def test_it_needs_the_row_first(organization: Organization) -> None:
    with pytest.raises(ValueError, match="has no id yet"):
        Recipient.objects.create(organization=organization, type="INDIVIDUAL", name="x", account_number="UA1")


def test_it_is_not_exported(recipient: Recipient) -> None:
    with pytest.raises(TypeError, match="not exported"):
        serializers.serialize("json", [recipient])


def test_it_is_read_as_it_is_by_values_and_never_shown(recipient: Recipient) -> None:
    value: object = Recipient.objects.values_list("account_number", flat=True).get(pk=recipient.pk)

    assert value == Encrypted(stored(recipient))
    assert repr(value) == "Encrypted()"


def test_it_stays_encrypted_until_it_is_asked_for(recipient: Recipient) -> None:
    loaded = Recipient.objects.get(pk=recipient.pk)

    assert b"1234567890" not in pickle.dumps(loaded)
    assert "1234567890" not in repr(vars(loaded))


def test_it_is_loaded_when_it_was_deferred(recipient: Recipient) -> None:
    assert Recipient.objects.defer("account_number").get(pk=recipient.pk).account_number == "UA1234567890"
