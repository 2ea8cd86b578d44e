from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest
from django.db import connection, transaction
from structlog.testing import capture_logs

from access.caller import ScopeMissing
from access.scopes import Scope
from core.crash_points import crash_points
from core.exceptions import NotFound
from events.models import Event, PendingEvent
from payouts.application.delete_payout import delete_payout
from payouts.application.reveal_account_number import (
    reveal_payout_account_number,
    reveal_recipient_account_number,
)
from payouts.application.update_recipient import update_recipient
from payouts.bank_details import AccountNumberUnreadable
from payouts.domain.recipient import RecipientChanges
from payouts.domain.words import UnusableWords
from tests.factories import NOON, make_payout
from tests.payouts.application.people import everything_but, person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings

    from access.caller import Caller
    from access.models import Organization
    from payouts.models import Payout, Recipient

NUMBER = "UA1234567890"


class Reveal(Protocol):
    def __call__(self, caller: Caller, payout: Payout, reason: str = ...) -> str: ...


def of_payout(caller: Caller, payout: Payout, reason: str = "the bank asks") -> str:
    return reveal_payout_account_number(caller=caller, payout_id=payout.pk, reason=reason)


def of_recipient(caller: Caller, payout: Payout, reason: str = "the bank asks") -> str:
    return reveal_recipient_account_number(caller=caller, recipient_id=payout.recipient_id, reason=reason)


of_both = pytest.mark.parametrize("reveal", [of_payout, of_recipient])


@pytest.fixture
def jane(organization: Organization) -> Caller:
    return person(organization, "jane")


@pytest.fixture
def payout(recipient: Recipient) -> Payout:
    return make_payout(recipient)


def reveals() -> list[Event]:
    return list(Event.objects.filter(type="AccountNumberRevealed"))


@of_both
def test_it_shows_the_whole_number_and_who_has_seen_it(reveal: Reveal, jane: Caller, payout: Payout) -> None:
    with capture_logs() as logs:
        assert reveal(jane, payout) == NUMBER

    (told,) = reveals()
    subject = ("payout", payout.pk) if reveal is of_payout else ("recipient", payout.recipient_id)
    assert (told.subject_type, told.subject_id) == subject
    assert (told.organization_id, told.actor) == (jane.organization_id, "operator:jane")
    assert told.data["reason"] == "the bank asks"
    assert PendingEvent.objects.filter(event=told).exists()
    assert NUMBER not in str(told.data)
    assert [line["event"] for line in logs] == ["account_number_revealed"]
    assert NUMBER not in str(logs)


def test_it_shows_what_a_payout_was_made_with_and_what_its_recipient_has_now(
    jane: Caller, payout: Payout
) -> None:
    changes = RecipientChanges(account_number="UA9999999999")
    update_recipient(caller=jane, recipient_id=payout.recipient_id, changes=changes, now=NOON)

    assert (of_payout(jane, payout), of_recipient(jane, payout)) == (NUMBER, "UA9999999999")


@of_both
def test_it_is_for_those_who_may_with_a_reason(
    reveal: Reveal, organization: Organization, jane: Caller, payout: Payout
) -> None:
    with pytest.raises(ScopeMissing):
        reveal(person(organization, scopes=everything_but(Scope.BANK_DETAILS_REVEAL)), payout)
    with pytest.raises(UnusableWords):
        reveal(jane, payout, " ")
    assert not reveals()


@of_both
def test_it_shows_no_number_of_others(
    reveal: Reveal, other_organization: Organization, payout: Payout
) -> None:
    with pytest.raises(NotFound):
        reveal(person(other_organization), payout)
    assert not reveals()


def test_it_shows_no_number_of_a_deleted_payout(jane: Caller, payout: Payout) -> None:
    delete_payout(caller=jane, payout_id=payout.pk, now=NOON)

    with pytest.raises(NotFound):
        of_payout(jane, payout)


@of_both
def test_it_tells_of_no_reveal_when_the_number_cannot_be_read(
    reveal: Reveal, jane: Caller, payout: Payout, settings: Settings
) -> None:
    settings.FIELD_ENCRYPTION_KEYS = "other:" + "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="

    with pytest.raises(AccountNumberUnreadable):
        reveal(jane, payout)
    assert not reveals()


class Struck(Exception):  # noqa: N818  what stands for the end of the process
    pass


@pytest.fixture
def _struck_before_the_commit() -> Iterator[None]:
    def strike(point: str) -> None:
        if point == "reveal_account_number.uncommitted":
            raise Struck

    crash_points.strike = strike
    yield
    crash_points.strike = None


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_struck_before_the_commit")
@of_both
def test_it_shows_nothing_unless_its_event_is_kept(reveal: Reveal, jane: Caller, payout: Payout) -> None:
    with pytest.raises(Struck):
        reveal(jane, payout)
    assert not reveals()


@pytest.mark.django_db(transaction=True)
def test_it_shows_nothing_inside_a_transaction_that_may_still_be_rolled_back(
    jane: Caller, payout: Payout
) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        of_payout(jane, payout)
    assert not connection.in_atomic_block
    assert not reveals()
