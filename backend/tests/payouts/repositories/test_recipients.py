from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import transaction

from payouts.models import Recipient
from payouts.refusals import RecipientNotFound
from payouts.repositories.recipients import get_recipient, lock_recipient, save_recipient

if TYPE_CHECKING:
    from collections.abc import Callable

    from access.models import Organization


@pytest.mark.parametrize("read", [get_recipient, lock_recipient])
def test_it_reads_a_recipient_of_the_organization_and_of_no_other(
    read: Callable[..., Recipient], recipient: Recipient, other_organization: Organization
) -> None:
    with transaction.atomic():
        assert read(organization_id=recipient.organization_id, recipient_id=recipient.pk) == recipient
        with pytest.raises(RecipientNotFound):
            read(organization_id=other_organization.pk, recipient_id=recipient.pk)
        with pytest.raises(RecipientNotFound):
            read(organization_id=recipient.organization_id, recipient_id=0)


def test_it_writes_only_the_fields_that_are_named(recipient: Recipient) -> None:
    before = recipient.updated_at
    recipient.name, recipient.country = "Jane Doe", "PL"
    save_recipient(recipient, fields=["name"])

    stored = Recipient.objects.get()
    assert (stored.name, stored.country) == ("Jane Doe", "UA")
    assert stored.updated_at > before
