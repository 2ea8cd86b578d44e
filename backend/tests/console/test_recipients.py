from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from access.roles import SCOPES
from events.models import Event
from payouts.domain.status import Stage
from payouts.models import Payout, Recipient
from tests.console.cast import Records, event_types, read_list, text_of

if TYPE_CHECKING:
    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer
    from pytest_django import DjangoCaptureOnCommitCallbacks

ADD = "admin:payouts_recipient_add"


def add(client: Client, records: Records, **changes: Any) -> Answer:
    entered = {
        "organization": records.organization.pk,
        "type": "BUSINESS",
        "name": "Ada Ltd",
        "account_number": "DE89370400440532013000",
        "bank_code": "COBADEFF",
        "country": "DE",
    } | changes
    return client.post(reverse(ADD), entered)


def change(client: Client, recipient: Recipient, **changes: str) -> Answer:
    """Send the form as it stands, with these changes. An unticked box is not sent."""
    entered = {
        "name": recipient.name,
        "bank_code": recipient.bank_code,
        "country": recipient.country,
        "is_active": "on",
        "new_account_number": "",
    } | changes
    sent = {name: value for name, value in entered.items() if value != "unticked"}
    return client.post(reverse("admin:payouts_recipient_change", args=[recipient.pk]), sent)


def reload(recipient: Recipient) -> Recipient:
    return Recipient.objects.get(pk=recipient.pk)


def test_it_creates_a_recipient_through_the_use_case(member: Client, acme: Records) -> None:
    response = add(member, acme)

    assert response.status_code == HTTPStatus.FOUND
    recipient = Recipient.objects.get(name="Ada Ltd")
    assert recipient.organization_id == acme.organization.pk
    assert (recipient.type, recipient.account_number) == ("BUSINESS", "DE89370400440532013000")
    event = Event.objects.get(subject_type="recipient", subject_id=recipient.pk)
    assert (event.type, event.actor) == ("RecipientCreated", "operator:mary")


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("name", "", "This field is required."),
        ("name", "Ada\u202e", "Contains the character U+202E, which is not allowed."),
        ("name", "x" * 141, "at most 140 characters"),
        ("name", "a\0b", "Null characters are not allowed."),
        ("account_number", "", "This field is required."),
        ("account_number", "рахунок", "visible ASCII characters"),
        ("country", "Ger", "at most 2 characters"),
        ("country", "de", "ISO 3166-1 alpha-2"),
        ("bank_code", "a\u200eb", "Contains the character U+200E, which is not allowed."),
        ("type", "ROBOT", "Select a valid choice."),
        ("organization", "0", "Select a valid choice."),
    ],
)
def test_it_refuses_details_that_the_api_refuses(
    member: Client, acme: Records, field: str, value: str, problem: str
) -> None:
    response = add(member, acme, **{field: value})

    assert response.status_code == HTTPStatus.OK
    assert problem in text_of(response)
    assert Recipient.objects.count() == 1


def test_it_keeps_a_name_as_the_api_keeps_it(member: Client, acme: Records) -> None:
    add(member, acme, name=" Zoe\u0308 ", country="", bank_code="")

    assert Recipient.objects.get(name="Zo\u00eb").country == ""


def test_it_adds_nobody_to_another_organization(member: Client, acme: Records, globex: Records) -> None:
    form = text_of(member.get(reverse(ADD)))
    response = add(member, globex)

    assert "Acme" in form
    assert "Globex" not in form
    assert "Select a valid choice." in text_of(response)
    assert event_types(globex.organization).count("RecipientCreated") == 1
    assert Recipient.objects.filter(organization=acme.organization).count() == 1


def test_it_changes_a_recipient_through_the_use_case(member: Client, acme: Records) -> None:
    response = change(member, acme.recipient, name="Payee and Sons")

    assert response.status_code == HTTPStatus.FOUND
    assert reload(acme.recipient).name == "Payee and Sons"
    event = Event.objects.filter(type="RecipientChanged").get()
    assert (event.data, event.actor) == ({"fields": ["name"]}, "operator:mary")


def test_it_keeps_the_account_number_that_was_not_entered_anew(member: Client, acme: Records) -> None:
    change(member, acme.recipient, country="PL")

    assert reload(acme.recipient).account_number == "UA1234567890"


def test_it_takes_a_new_account_number(member: Client, acme: Records) -> None:
    change(member, acme.recipient, new_account_number="PL61109010140000071219812874")

    assert reload(acme.recipient).account_number == "PL61109010140000071219812874"
    assert Event.objects.filter(type="RecipientChanged").get().data == {
        "fields": ["account_number"],
        "bank_details": {
            "account_number": {"before": "UA******7890", "after": "PL**********************2874"}
        },
    }


def test_it_shows_the_form_without_the_account_number(member: Client, acme: Records) -> None:
    page = text_of(member.get(reverse("admin:payouts_recipient_change", args=[acme.recipient.pk])))

    assert 'name="new_account_number"' in page
    assert "UA******7890" in page
    assert "UA1234567890" not in page


def test_it_shows_a_reader_no_field_for_an_account_number(reader: Client, acme: Records) -> None:
    page = text_of(reader.get(reverse("admin:payouts_recipient_change", args=[acme.recipient.pk])))

    assert "new_account_number" not in page
    assert "New account number" not in page


def test_it_lets_a_reader_change_nothing(reader: Client, acme: Records) -> None:
    response = change(reader, acme.recipient, name="Somebody else")

    assert response.status_code == HTTPStatus.FORBIDDEN
    assert add(reader, acme).status_code == HTTPStatus.FORBIDDEN
    assert reload(acme.recipient).name == acme.recipient.name


@pytest.mark.parametrize("field", ["type", "organization", "account_number"])
def test_it_never_changes_what_stays(member: Client, acme: Records, globex: Records, field: str) -> None:
    before = getattr(acme.recipient, field)
    other = {"type": "BUSINESS", "organization": str(globex.organization.pk), "account_number": "X1234567"}

    change(member, acme.recipient, **{field: other[field]})

    assert getattr(reload(acme.recipient), field) == before


def test_it_changes_nobody_of_another_organization(member: Client, globex: Records) -> None:
    change(member, globex.recipient, name="Somebody else")

    assert reload(globex.recipient).name == globex.recipient.name


def test_it_holds_payouts_when_a_recipient_is_deactivated(member: Client, acme: Records) -> None:
    change(member, acme.recipient, is_active="unticked")

    assert reload(acme.recipient).is_active is False
    assert Payout.objects.get(pk=acme.payout.pk).stage == Stage.ON_HOLD.value
    assert event_types(acme.organization)[-2:] == ["RecipientChanged", "PayoutHeld"]


def test_it_releases_payouts_when_a_recipient_is_activated(member: Client, acme: Records) -> None:
    change(member, acme.recipient, is_active="unticked")

    change(member, acme.recipient)

    assert Payout.objects.get(pk=acme.payout.pk).stage == Stage.READY.value


def test_it_writes_nothing_when_nothing_has_changed(member: Client, acme: Records) -> None:
    change(member, acme.recipient)

    assert "RecipientChanged" not in event_types(acme.organization)


@pytest.mark.usefixtures("own_cache")
def test_it_makes_cached_lists_old_once_the_change_is_committed(
    member: Client, acme: Records, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    read_list(acme, "before")

    with django_capture_on_commit_callbacks(execute=True):
        change(member, acme.recipient, is_active="unticked")
        assert read_list(acme, "during") == "before"

    assert read_list(acme, "after") == "after"


def test_it_tells_why_a_use_case_refuses(
    member: Client, acme: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(SCOPES, "payouts.change_recipient")
    monkeypatch.delitem(SCOPES, "payouts.add_recipient")

    response = change(member, acme.recipient, name="Somebody else")

    assert response["Location"] == reverse("admin:payouts_recipient_change", args=[acme.recipient.pk])
    assert "This needs the scope recipients:write." in text_of(member.get(response["Location"]))
    assert reload(acme.recipient).name == acme.recipient.name
    assert not LogEntry.objects.exists()
