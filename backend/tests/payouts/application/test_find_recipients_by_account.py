from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from access.caller import ScopeMissing
from access.scopes import Scope
from events.models import Event
from payouts.application import find_recipients_by_account as module
from payouts.application.find_recipients_by_account import find_recipients_by_account
from tests.factories import make_organization, make_recipient
from tests.payouts.application.people import everything_but, person

if TYPE_CHECKING:
    from access.models import Organization
    from payouts.models import Recipient

NUMBER = "UA1234567890"


def searches() -> list[tuple[int, str]]:
    found = Event.objects.filter(type="AccountNumberSearched").order_by("id")
    return list(found.values_list("subject_id", "actor"))


@pytest.mark.parametrize("number", [NUMBER, "UA12 3456 7890", "ua12-3456-7890"])
def test_it_finds_whose_account_it_is_however_it_is_grouped(
    organization: Organization, recipient: Recipient, number: str
) -> None:
    make_recipient(organization, account_number="UA1234567891")

    found = find_recipients_by_account(caller=person(organization), account_number=number)

    assert found == [recipient]
    assert searches() == [(recipient.pk, "operator:jane")]


def test_it_finds_the_newest_first_and_ends_at_a_limit(
    organization: Organization, recipient: Recipient, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer, newest = (make_recipient(organization, account_number=NUMBER) for _ in range(2))
    monkeypatch.setattr(module, "MOST_FOUND", 2)

    found = find_recipients_by_account(caller=person(organization), account_number=NUMBER)

    assert found == [newest, newer]
    assert recipient not in found


def test_it_finds_nobody_by_a_part_or_in_another_organization(
    organization: Organization, recipient: Recipient
) -> None:
    globex = make_organization("Globex")

    assert find_recipients_by_account(caller=person(globex), account_number=NUMBER) == []
    assert find_recipients_by_account(caller=person(organization), account_number="7890") == []
    assert recipient.account_number == NUMBER
    assert not searches()


@pytest.mark.usefixtures("recipient")
def test_it_lets_nobody_try_numbers_who_may_not_see_them(organization: Organization) -> None:
    caller = person(organization, scopes=everything_but(Scope.BANK_DETAILS_REVEAL))

    with pytest.raises(ScopeMissing):
        find_recipients_by_account(caller=caller, account_number=NUMBER)


@pytest.mark.usefixtures("recipient")
def test_it_keeps_the_number_out_of_the_logs_and_events(organization: Organization) -> None:
    with capture_logs() as lines:
        find_recipients_by_account(caller=person(organization), account_number=NUMBER)

    assert [(line["event"], line["found"]) for line in lines] == [("account_number_searched", 1)]
    assert NUMBER not in str(lines)
    assert not any(NUMBER in str(event.data) for event in Event.objects.all())
