"""The schema describes shapes, functions make the answers: they must not drift apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from events.models import Event
from payouts.api.representations import (
    EventShape,
    FailureShape,
    PayoutShape,
    RecipientShape,
    represent_event,
    represent_payout,
    represent_recipient,
)
from payouts.domain.failure import Failure, FailureCode, Source
from tests import factories

if TYPE_CHECKING:
    from payouts.models import Recipient


def test_it_answers_a_payout_as_described(recipient: Recipient) -> None:
    payout = factories.make_payout(recipient)
    assert list(represent_payout(payout, sees_bank_details=True)) == list(PayoutShape().fields)


def test_it_answers_a_recipient_as_described(recipient: Recipient) -> None:
    assert list(represent_recipient(recipient, sees_bank_details=True)) == list(RecipientShape().fields)


@pytest.mark.usefixtures("recipient")
def test_it_answers_an_event_as_described() -> None:
    event = Event.objects.filter(subject_type="recipient").get()
    assert list(represent_event(event)) == list(EventShape().fields)


def test_it_answers_a_failure_as_described() -> None:
    failure = Failure(FailureCode.ACCOUNT_CLOSED, Source.RAIL)
    assert set(failure.as_json()) == set(FailureShape().fields)
