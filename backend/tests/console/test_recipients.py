from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from access.models import Membership, Operator
from access.roles import Role
from events.models import Event
from payouts.domain.status import Stage
from payouts.models import Payout, Recipient
from tests.console.cast import Records, event_types, make_operator, read_list, sign_in, text_of
from tests.factories import make_payout, make_recipient

if TYPE_CHECKING:
    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer
    from pytest_django import DjangoCaptureOnCommitCallbacks

LIST = "admin:payouts_recipient_changelist"
ADD = "admin:payouts_recipient_add"
BY_ACCOUNT = "admin:payouts_recipient_by_account"
NUMBER = "UA1234567890"
REASON = "they asked for it"
DIALOGS = ("edit", "deactivate", "reactivate", "reveal")


def add(client: Client, organization_id: int | str | None = None, **changes: Any) -> Answer:
    entered = {
        "type": "BUSINESS",
        "name": "Ada Ltd",
        "account_number": "DE89370400440532013000",
        "bank_code": "COBADEFF",
        "country": "DE",
    } | changes
    query = "" if organization_id is None else f"?organization={organization_id}"
    return client.post(reverse(ADD) + query, entered)


def page_of(client: Client, recipient: Recipient) -> str:
    return text_of(client.get(reverse("admin:payouts_recipient_change", args=[recipient.pk])))


def url_of(recipient: Recipient, dialog: str) -> str:
    return reverse(f"admin:payouts_recipient_{dialog}", args=[recipient.pk])


def edit(client: Client, recipient: Recipient, **changes: str) -> Answer:
    """Send the form as it was shown, with these changes."""
    shown = {name: getattr(recipient, name) for name in ("name", "bank_code", "country")}
    initial = {f"initial-{name}": value for name, value in shown.items()}
    entered = {"new_account_number": "", "reason": REASON, **shown, **initial, **changes}
    return client.post(url_of(recipient, "edit"), entered)


def send(client: Client, recipient: Recipient, dialog: str, reason: str = REASON) -> Answer:
    return client.post(url_of(recipient, dialog), {"reason": reason}, follow=True)


def reload(recipient: Recipient) -> Recipient:
    return Recipient.objects.get(pk=recipient.pk)


def last_event(recipient: Recipient) -> Event:
    return Event.objects.filter(subject_type="recipient", subject_id=recipient.pk).latest("id")


# --- Adding ---


def test_it_creates_a_recipient_through_the_use_case(member: Client, acme: Records) -> None:
    response = add(member)

    recipient = Recipient.objects.get(name="Ada Ltd")
    assert response["Location"] == reverse("admin:payouts_recipient_change", args=[recipient.pk])
    assert recipient.organization_id == acme.organization.pk
    assert (recipient.type, recipient.account_number) == ("BUSINESS", "DE89370400440532013000")
    event = last_event(recipient)
    assert (event.type, event.actor) == ("RecipientCreated", "operator:mary")


REFUSED_DETAILS = (
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
)


@pytest.mark.usefixtures("acme")
def test_it_refuses_details_that_the_api_refuses(member: Client) -> None:
    for field, value, problem in REFUSED_DETAILS:
        response = add(member, **{field: value})
        assert response.status_code == HTTPStatus.OK
        assert problem in text_of(response)
    assert Recipient.objects.count() == 1


@pytest.mark.usefixtures("acme")
def test_it_says_what_is_wrong_with_an_account_number(member: Client) -> None:
    response = add(member, account_number="DE89370400440532013001")

    assert "IBAN" in text_of(member.get(response["Location"]))
    assert Recipient.objects.count() == 1


@pytest.mark.usefixtures("acme")
def test_it_keeps_a_name_as_the_api_keeps_it(member: Client) -> None:
    add(member, name=" Zoe\u0308 ", country="", bank_code="")

    assert Recipient.objects.get(name="Zo\u00eb").country == ""


def test_it_adds_nobody_to_another_organization(member: Client, acme: Records, globex: Records) -> None:
    for organization_id in (globex.organization.pk, "0", "abc", "9" * 30):
        assert add(member, organization_id).status_code == HTTPStatus.FORBIDDEN

    assert event_types(globex.organization).count("RecipientCreated") == 1
    assert Recipient.objects.filter(organization=acme.organization).count() == 1


def test_it_adds_to_the_organization_of_the_form_after_a_switch_in_another_tab(
    member: Client, acme: Records, globex: Records
) -> None:
    Membership.objects.create(
        operator=Operator.objects.get(username="mary"), organization=globex.organization
    )
    assert f'action="?organization={acme.organization.pk}"' in text_of(member.get(reverse(ADD)))
    member.post(reverse("admin:choose_organization"), {"organization": globex.organization.pk})

    add(member, acme.organization.pk)

    assert Recipient.objects.get(name="Ada Ltd").organization_id == acme.organization.pk
    assert "no real money, Acme" in text_of(member.get(reverse(LIST)))


def test_it_lets_nobody_add_who_works_for_nobody(outsider: Client) -> None:
    assert outsider.get(reverse(ADD)).status_code == HTTPStatus.FORBIDDEN
    assert add(outsider).status_code == HTTPStatus.FORBIDDEN


# --- The list and the page ---


def test_it_finds_recipients_by_words_and_by_id(member: Client, acme: Records, globex: Records) -> None:
    ada = make_recipient(acme.organization, name="Ada Lovelace", country="GB")

    for text in ("lov", "love ada", "ADA", str(ada.pk)):
        page = text_of(member.get(reverse(LIST), {"q": text}))
        assert "Ada Lovelace" in page
        assert acme.recipient.name not in page
    for text in ("ovelace", str(globex.recipient.pk), "7890", "%", "9" * 30):
        page = text_of(member.get(reverse(LIST), {"q": text}))
        assert ada.name not in page
        assert globex.recipient.name not in page


def test_it_narrows_the_list_and_says_what_it_left_out(member: Client, acme: Records) -> None:
    ada = make_recipient(acme.organization, name="Ada Lovelace", country="GB")

    assert acme.recipient.name not in text_of(member.get(reverse(LIST), {"country": "GB"}))
    assert ada.name not in text_of(member.get(reverse(LIST), {"active": "no"}))
    for query in ({"country": "\0"}, {"active": "perhaps"}):
        page = text_of(member.get(reverse(LIST), query, follow=True))
        assert "A filter was not understood and is left out" in page


def test_it_shows_a_recipient_with_their_payouts_and_history(member: Client, acme: Records) -> None:
    edit(member, acme.recipient, bank_code="<script>", reason="moved <b>banks</b>")

    page = page_of(member, acme.recipient)

    assert "UA******7890" in page
    assert NUMBER not in page
    assert acme.payout.reference in page
    assert f"?recipient={acme.recipient.pk}" in page
    assert "Changed: bank code" in page
    assert "moved &lt;b&gt;banks&lt;/b&gt;" in page
    assert "<script>" not in page.partition("<main")[2]


def test_it_ends_the_payouts_and_the_history_of_a_page(
    member: Client, acme: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.recipients.recipient_page.MOST_PAYOUTS", 2)
    monkeypatch.setattr("console.recipients.recipient_page.MOST_EVENTS", 1)
    newest = make_payout(acme.recipient)
    edit(member, acme.recipient, country="PL", bank_code="")

    page = page_of(member, acme.recipient)

    assert newest.reference in page
    assert acme.payout.reference not in page
    assert "All payouts to" in page
    assert "Changed: bank code, country" in page
    assert "<strong>Created</strong>" not in page
    assert f"?subject_type=recipient&amp;subject={acme.recipient.pk}" in page


def test_it_links_to_those_with_the_same_account(member: Client, acme: Records, globex: Records) -> None:
    same = make_recipient(acme.organization, name="The same", account_number="UA12 3456 7890")

    page = page_of(member, acme.recipient)

    assert reverse("admin:payouts_recipient_change", args=[same.pk]) in page
    assert f"recipient {globex.recipient.pk}" not in page


def test_it_asks_little_for_a_page(member: Client, acme: Records) -> None:
    for _ in range(3):
        make_payout(acme.recipient)
        edit(member, acme.recipient, country="PL")
        edit(member, reload(acme.recipient), country="UA")
    with CaptureQueriesContext(connection) as queries:
        page_of(member, acme.recipient)
    assert len(queries) <= 15


def test_it_tells_of_payouts_only_to_those_who_may_see_them(acme: Records) -> None:
    reader = sign_in(make_operator("ron", acme.organization, permissions="view_recipient"))

    page = page_of(reader, acme.recipient)

    assert "UA******7890" in page
    assert acme.payout.reference not in page
    assert "admin/events" not in page


# --- Changing ---


def test_it_changes_a_recipient_through_the_use_case(member: Client, acme: Records) -> None:
    response = edit(member, acme.recipient, name="Payee and Sons")

    assert response.status_code == HTTPStatus.FOUND
    assert reload(acme.recipient).name == "Payee and Sons"
    event = last_event(acme.recipient)
    assert (event.data, event.actor) == ({"fields": ["name"], "reason": REASON}, "operator:mary")


REFUSED_CHANGES = (
    ({"name": ""}, "This field is required."),
    ({"name": "Ada\u202e"}, "Contains the character U+202E"),
    ({"name": "a\0b"}, "Null characters are not allowed."),
    ({"initial-name": "a\0b", "country": "PL", "name": "\0"}, "Null characters are not allowed."),
    ({"new_account_number": "рахунок"}, "visible ASCII characters"),
    ({"country": "DE", "new_account_number": "DE89370400440532013001"}, "IBAN"),
    ({"country": "PL", "reason": ""}, "This field is required."),
)


def test_it_changes_nothing_that_is_wrong(member: Client, acme: Records) -> None:
    for changes, problem in REFUSED_CHANGES:
        assert problem in text_of(edit(member, acme.recipient, **changes))
    assert "RecipientChanged" not in event_types(acme.organization)


def test_it_keeps_what_a_colleague_has_changed_meanwhile(member: Client, acme: Records) -> None:
    shown = reload(acme.recipient)
    edit(member, acme.recipient, name="Renamed meanwhile")

    edit(member, shown, country="PL")

    assert (reload(shown).name, reload(shown).country) == ("Renamed meanwhile", "PL")


def test_it_keeps_the_account_number_that_was_not_entered_anew(member: Client, acme: Records) -> None:
    edit(member, acme.recipient, country="PL")

    assert reload(acme.recipient).account_number == NUMBER


def test_it_takes_a_new_account_number(member: Client, acme: Records) -> None:
    edit(member, acme.recipient, new_account_number="PL61109010140000071219812874")

    assert reload(acme.recipient).account_number == "PL61109010140000071219812874"
    assert last_event(acme.recipient).data == {
        "fields": ["account_number"],
        "bank_details": {
            "account_number": {"before": "UA******7890", "after": "PL**********************2874"}
        },
        "reason": REASON,
    }
    page = page_of(member, acme.recipient)
    assert "UA******7890" in page
    assert "PL**********************2874" in page


def test_it_shows_the_form_without_the_account_number(member: Client, acme: Records) -> None:
    form = text_of(member.get(url_of(acme.recipient, "edit")))

    assert 'name="new_account_number"' in form
    assert 'autocomplete="off"' in form
    assert NUMBER not in form


def test_it_never_changes_what_stays(member: Client, acme: Records, globex: Records) -> None:
    organization_id = str(globex.organization.pk)
    others = {"type": "BUSINESS", "account_number": "X1234567"}

    edit(
        member,
        acme.recipient,
        country="PL",
        organization=organization_id,
        organization_id=organization_id,
        **others,
    )

    after = reload(acme.recipient)
    assert (after.country, after.organization_id) == ("PL", acme.organization.pk)
    assert (after.type, after.account_number) == (acme.recipient.type, NUMBER)


def test_it_says_that_nothing_was_changed(member: Client, acme: Records) -> None:
    assert "Nothing was changed." in text_of(member.get(edit(member, acme.recipient)["Location"]))
    assert "RecipientChanged" not in event_types(acme.organization)


# --- Deactivating and reactivating ---


def test_it_tells_how_many_payouts_a_deactivation_holds_and_held(member: Client, acme: Records) -> None:
    make_payout(acme.recipient)

    asked = text_of(member.get(url_of(acme.recipient, "deactivate")))
    answer = text_of(send(member, acme.recipient, "deactivate"))

    assert "This holds 2 payouts of theirs" in asked
    assert "is inactive now; 2 payouts held." in answer
    assert reload(acme.recipient).is_active is False
    assert Payout.objects.get(pk=acme.payout.pk).stage == Stage.ON_HOLD.value
    assert event_types(acme.organization)[-3:] == ["RecipientChanged", "PayoutHeld", "PayoutHeld"]
    assert last_event(acme.recipient).data["reason"] == REASON


def test_it_releases_payouts_when_a_recipient_is_reactivated(member: Client, acme: Records) -> None:
    send(member, acme.recipient, "deactivate")

    asked = text_of(member.get(url_of(acme.recipient, "reactivate")))
    answer = text_of(send(member, acme.recipient, "reactivate"))

    assert "This releases 1 payout" in asked
    assert "is active now; 1 payout released." in answer
    assert Payout.objects.get(pk=acme.payout.pk).stage == Stage.READY.value


def test_it_counts_no_further_than_it_tells(
    member: Client, acme: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.recipients.dialogs.MOST_COUNTED", 1)
    make_payout(acme.recipient)

    assert "This holds 1 payout or more of theirs" in text_of(
        member.get(url_of(acme.recipient, "deactivate"))
    )


def test_it_says_that_a_recipient_was_inactive_already(member: Client, acme: Records) -> None:
    send(member, acme.recipient, "deactivate")

    assert "was inactive already" in text_of(send(member, acme.recipient, "deactivate"))
    assert event_types(acme.organization).count("RecipientChanged") == 1


def test_it_deactivates_several_with_a_result_for_each(
    member: Client, acme: Records, globex: Records
) -> None:
    other = make_recipient(acme.organization, name="Other")
    selected = [acme.recipient.pk, other.pk, globex.recipient.pk]
    choice = {"action": "deactivate", "_selected_action": selected, "confirmed": "yes", "reason": REASON}

    page = text_of(member.post(reverse(LIST), choice))

    assert "2 of 2 done" in page
    assert "Other is inactive now; no payout held." in page
    assert not Recipient.objects.filter(organization=acme.organization, is_active=True).exists()
    assert reload(globex.recipient).is_active


@pytest.mark.usefixtures("own_cache")
def test_it_makes_cached_lists_old_once_the_change_is_committed(
    member: Client, acme: Records, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    read_list(acme, "before")
    send(member, acme.recipient, "deactivate")
    assert read_list(acme, "after") == "after"

    with django_capture_on_commit_callbacks(execute=True):
        add(member)
        assert read_list(acme, "later") == "after"
    assert read_list(acme, "last") == "last"


# --- The whole account number ---


def test_it_reveals_the_number_in_its_answer_alone(member: Client, acme: Records) -> None:
    answer = send(member, acme.recipient, "reveal", reason="the bank asks")

    assert NUMBER in text_of(answer)
    assert "no-store" in answer["Cache-Control"]
    assert NUMBER not in str(answer.cookies)
    event = last_event(acme.recipient)
    assert (event.type, event.data) == ("AccountNumberRevealed", {"reason": "the bank asks"})
    page = page_of(member, acme.recipient)
    assert NUMBER not in page
    assert "Account number shown in full" in page


def test_it_reveals_nothing_without_a_reason(member: Client, acme: Records) -> None:
    page = text_of(send(member, acme.recipient, "reveal", reason=" "))

    assert NUMBER not in page
    assert "AccountNumberRevealed" not in event_types(acme.organization)


@pytest.mark.parametrize("number", [NUMBER, "ua12 3456-7890"])
def test_it_finds_whose_account_it_is(member: Client, acme: Records, globex: Records, number: str) -> None:
    answer = member.post(reverse(BY_ACCOUNT), {"account_number": number})

    page = text_of(answer)
    assert "1 recipient with that account number" in page
    assert reverse("admin:payouts_recipient_change", args=[acme.recipient.pk]) in page
    assert "Payee of Globex" not in page
    assert number not in page.partition("<main")[2]
    assert last_event(acme.recipient).type == "AccountNumberSearched"
    assert last_event(globex.recipient).type == "RecipientCreated"


def test_it_finds_nobody_by_less_than_a_number(member: Client, acme: Records) -> None:
    for number in ("", "\0", "рахунок", "1" * 65, "7890"):
        answer = member.post(reverse(BY_ACCOUNT), {"account_number": number})
        assert answer.status_code == HTTPStatus.OK
        assert acme.recipient.name not in text_of(answer)


def test_it_takes_no_number_from_an_address(member: Client, acme: Records) -> None:
    answers = [member.get(reverse(name), {"account_number": NUMBER}) for name in (BY_ACCOUNT, LIST)]

    assert acme.recipient.name not in text_of(answers[0])
    assert answers[1].status_code == HTTPStatus.BAD_REQUEST
    assert acme.recipient.name not in text_of(member.get(reverse(LIST), {"q": NUMBER}))


# --- Who may not ---


def test_it_lets_a_viewer_do_nothing(acme: Records) -> None:
    viewer = sign_in(make_operator("vera", acme.organization, role=Role.VIEWER))
    page = page_of(viewer, acme.recipient)

    for dialog in DIALOGS:
        url = url_of(acme.recipient, dialog)
        assert url not in page
        assert viewer.get(url).status_code == HTTPStatus.FORBIDDEN
        answer = viewer.post(url, {"name": "Somebody else", "reason": REASON})
        assert answer.status_code == HTTPStatus.FORBIDDEN
    assert viewer.post(reverse(BY_ACCOUNT), {"account_number": NUMBER}).status_code == HTTPStatus.FORBIDDEN
    assert add(viewer).status_code == HTTPStatus.FORBIDDEN
    assert "by-account" not in text_of(viewer.get(reverse(LIST)))
    assert last_event(acme.recipient).type == "RecipientCreated"


def test_it_offers_an_operator_what_they_may(acme: Records) -> None:
    operator = sign_in(make_operator("olga", acme.organization, role=Role.OPERATOR))

    page = page_of(operator, acme.recipient)

    assert all(url_of(acme.recipient, dialog) in page for dialog in ("edit", "deactivate", "reveal"))
    assert url_of(acme.recipient, "reactivate") not in page


def test_it_changes_nobody_of_another_organization(member: Client, globex: Records) -> None:
    for dialog in DIALOGS:
        answer = member.post(url_of(globex.recipient, dialog), {"name": "Somebody else", "reason": REASON})
        assert answer.status_code == HTTPStatus.NOT_FOUND
    assert reload(globex.recipient).name == globex.recipient.name
    assert last_event(globex.recipient).type == "RecipientCreated"


def test_it_tells_why_a_use_case_refuses(
    member: Client, acme: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.frame.callers.scopes_given_by", lambda _permissions: frozenset())

    page = text_of(edit(member, acme.recipient, name="Somebody else"))

    assert "This needs the scope recipients:write." in page
    assert reload(acme.recipient).name == acme.recipient.name
