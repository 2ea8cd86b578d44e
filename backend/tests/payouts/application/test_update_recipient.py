from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from events.models import Event
from payouts.application.set_aside import count_payouts_to_release, count_payouts_to_set_aside
from payouts.application.update_recipient import UpdatedRecipient, update_recipient
from payouts.domain.recipient import RecipientChanges
from payouts.domain.words import UnusableWords
from tests.factories import NOON, make_payout, make_recipient
from tests.payouts.application.people import payout_with, person

if TYPE_CHECKING:
    from access.models import Organization
    from payouts.models import Recipient


def change(recipient: Recipient, reason: str = "", **changes: Any) -> UpdatedRecipient:
    return update_recipient(
        caller=person(recipient.organization),
        recipient_id=recipient.pk,
        changes=RecipientChanges(**changes),
        reason=reason,
        now=NOON,
    )


def test_it_keeps_a_persons_reason_and_which_way_it_went(recipient: Recipient) -> None:
    change(recipient, "they have left", is_active=False)

    event = Event.objects.get(type="RecipientChanged")
    assert event.data == {"fields": ["is_active"], "is_active": False, "reason": "they have left"}


def test_it_keeps_no_reason_that_hides_something(recipient: Recipient) -> None:
    with pytest.raises(UnusableWords):
        change(recipient, "they \u202eleft", is_active=False)

    recipient.refresh_from_db()
    assert recipient.is_active


def test_it_tells_what_has_changed_and_how_many_payouts_with_it(
    recipient: Recipient, organization: Organization
) -> None:
    make_payout(recipient), make_payout(recipient)
    payout_with(recipient, "unknown")
    make_payout(make_recipient(organization))

    assert count_payouts_to_set_aside(recipient, at_most=10) == 2
    assert count_payouts_to_set_aside(recipient, at_most=1) == 1
    held = change(recipient, name="John", is_active=False)
    assert (held.changed, held.payouts_moved) == (("name", "is_active"), 2)

    assert count_payouts_to_release(recipient, at_most=10) == 2
    released = change(recipient, name="John", is_active=True)
    assert (released.changed, released.payouts_moved) == (("is_active",), 2)
    assert change(recipient, is_active=True) == UpdatedRecipient(held.recipient)
