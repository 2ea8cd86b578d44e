from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from access.caller import ScopeMissing
from access.environment import Environment
from access.scopes import Scope
from core.money import Money
from events.models import Event, PendingEvent
from payouts.application.create_payout import PayoutRequest, create_payout
from payouts.application.delete_payout import delete_payout
from payouts.application.update_recipient import update_recipient
from payouts.domain.idempotency import (
    IdempotencyKeyDeleted,
    IdempotencyKeyReused,
    InvalidIdempotencyKey,
)
from payouts.domain.recipient import RecipientChanges, RecipientInactive
from payouts.models import Payout
from payouts.rails import RailOfOtherEnvironment, get_rail
from payouts.refusals import RecipientNotFound
from tests.factories import NOON, make_caller, make_organization, make_recipient, make_request

if TYPE_CHECKING:
    from access.caller import Caller
    from access.models import Organization
    from payouts.application.create_payout import CreatedPayout
    from payouts.models import Recipient

SANDBOX = get_rail("sandbox")


def create(caller: Caller, request: PayoutRequest) -> CreatedPayout:
    return create_payout(caller=caller, request=request, rail=SANDBOX)


def test_it_makes_a_payout_with_event_and_marker(caller: Caller, recipient: Recipient) -> None:
    created = create(caller, make_request(recipient))

    payout = Payout.objects.get(pk=created.payout.pk)
    assert not created.is_replay
    assert (payout.status, payout.stage, payout.amount_minor, payout.currency) == (
        "NEW",
        "ready",
        10_050,
        "USD",
    )
    assert payout.account_number_snapshot == "UA1234567890"
    assert payout.end_to_end_id == f"PO{payout.reference}"
    assert payout.uetr.version == 4
    event = Event.objects.get(type="PayoutCreated")
    assert (event.subject_id, event.organization_id) == (payout.pk, caller.organization_id)
    assert PendingEvent.objects.filter(event=event).exists()


def test_it_answers_a_repeat_with_the_same_payout(caller: Caller, recipient: Recipient) -> None:
    request = make_request(recipient)
    first, second = create(caller, request), create(caller, request)

    assert second.is_replay
    assert second.payout.pk == first.payout.pk
    assert Event.objects.filter(type="PayoutCreated").count() == 1


def test_it_answers_a_repeat_even_when_the_recipient_has_been_deactivated(
    caller: Caller, recipient: Recipient
) -> None:
    request = make_request(recipient)
    create(caller, request)
    update_recipient(
        caller=caller, recipient_id=recipient.pk, changes=RecipientChanges(is_active=False), now=NOON
    )

    assert create(caller, request).is_replay


def test_it_refuses_a_key_with_other_content_and_names_the_fields(
    caller: Caller, recipient: Recipient
) -> None:
    request = make_request(recipient, idempotency_key="invoice-0001")
    payout = create(caller, request).payout
    other = make_request(
        recipient, idempotency_key="invoice-0001", money=Money(1, "EUR"), metadata={"order": "7"}
    )

    with pytest.raises(IdempotencyKeyReused) as refused:
        create(caller, other)

    assert [problem.field for problem in refused.value.problems] == ["amount", "currency", "metadata"]
    assert str(payout.pk) in refused.value.detail
    assert "10050" not in refused.value.detail


def test_it_takes_the_same_key_of_another_organization(caller: Caller, recipient: Recipient) -> None:
    globex = make_organization("Globex")
    theirs = make_request(make_recipient(globex), idempotency_key="invoice-0001")
    mine = make_request(recipient, idempotency_key="invoice-0001")

    assert create(caller, mine).payout.pk != create(make_caller(globex), theirs).payout.pk


def test_it_keeps_the_key_of_a_deleted_payout(caller: Caller, recipient: Recipient) -> None:
    request = make_request(recipient)
    payout = create(caller, request).payout
    delete_payout(caller=caller, payout_id=payout.pk, now=NOON)

    with pytest.raises(IdempotencyKeyDeleted):
        create(caller, request)


def test_it_refuses_an_inactive_recipient(caller: Caller, organization: Organization) -> None:
    recipient = make_recipient(organization)
    update_recipient(
        caller=caller, recipient_id=recipient.pk, changes=RecipientChanges(is_active=False), now=NOON
    )

    with pytest.raises(RecipientInactive):
        create(caller, make_request(recipient))
    assert not Payout.objects.exists()


def test_it_does_not_find_another_organizations_recipient(
    caller: Caller, other_organization: Organization
) -> None:
    with pytest.raises(RecipientNotFound):
        create(caller, make_request(make_recipient(other_organization)))


def test_it_needs_the_scope(organization: Organization, recipient: Recipient) -> None:
    with pytest.raises(ScopeMissing):
        create(make_caller(organization, {Scope.PAYOUTS_READ}), make_request(recipient))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("environment", "rail"), [(Environment.TEST, "manual"), (Environment.LIVE, "sandbox")]
)
def test_it_keeps_test_and_live_rails_apart(environment: Environment, rail: str) -> None:
    organization = make_organization("Initech", environment)
    request = make_request(make_recipient(organization))

    with pytest.raises(RailOfOtherEnvironment):
        create_payout(caller=make_caller(organization), request=request, rail=get_rail(rail))


@pytest.mark.parametrize(
    "key", ["short", "x" * 65, "with blank", "zero\u200bwidth-key", "кириллица", "nul\x00character"]
)
def test_it_refuses_a_key_that_is_none(recipient: Recipient, key: str) -> None:
    with pytest.raises(InvalidIdempotencyKey):
        make_request(recipient, idempotency_key=key)


@pytest.mark.django_db(transaction=True)
def test_it_makes_one_payout_of_fifty_concurrent_requests(caller: Caller, recipient: Recipient) -> None:
    request = make_request(recipient)

    def post(_: int) -> CreatedPayout:
        try:
            return create(caller, request)
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as clients:
        answers = list(clients.map(post, range(50)))

    assert [answer.is_replay for answer in answers].count(False) == 1
    assert len({answer.payout.pk for answer in answers}) == 1
    assert Payout.objects.count() == Event.objects.filter(type="PayoutCreated").count() == 1
