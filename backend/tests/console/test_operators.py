"""People: who looks after whom, and what becomes of them. The rules are in tests/access/test_people.py."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from access.models import Operator
from access.roles import PERMISSIONS, Role
from events.models import Event
from tests.console.cast import PEOPLE_MODELS, Records, make_operator, sign_in, text_of

if TYPE_CHECKING:
    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

    from access.models import Organization

PEOPLE = "admin:access_operator_changelist"
ADD = "admin:access_operator_add"


@pytest.fixture
def administrator(acme: Records) -> Client:
    """Administers Acme."""
    return sign_in(make_operator("ada", acme.organization, role=Role.ADMINISTRATOR))


@pytest.fixture
def nina(acme: Records) -> Operator:
    """Looks at what Acme pays."""
    return make_operator("nina", acme.organization, role=Role.VIEWER)


def page_of(operator: Operator, verb: str = "change") -> str:
    return reverse(f"admin:access_operator_{verb}", args=[operator.pk])


def add(client: Client, *organizations: Organization, **changes: Any) -> Answer:
    entered = {
        "username": "olga",
        "email": "olga@example.com",
        "role": "Operator",
        "works_for": [str(organization.pk) for organization in organizations],
    } | changes
    return client.post(reverse(ADD), entered)


def link_in(answer: Answer) -> str:
    """The link as the administrator copies it."""
    return text_of(answer).partition('id="password-link">')[2].partition("<")[0]


def test_it_makes_an_operator_who_works_for_an_organization(
    administrator: Client, acme: Records, client: Client
) -> None:
    answer = add(administrator, acme.organization)

    link = link_in(answer)
    assert link.startswith("http://testserver/sign-in/password/")
    assert "Set the password" in text_of(client.get(link, follow=True))
    olga = Operator.objects.get(username="olga")
    assert list(olga.organizations.all()) == [acme.organization]
    assert not olga.is_superuser
    page = text_of(administrator.get(page_of(olga)))
    assert "OperatorCreated" in page
    assert "operator:ada" in page


def test_it_keeps_the_link_nowhere(administrator: Client, acme: Records) -> None:
    answer = add(administrator, acme.organization)

    token = link_in(answer).rstrip("/").rpartition("/")[2]
    assert token
    assert "no-store" in answer["Cache-Control"]
    assert token not in str(answer.cookies)
    assert not any(token in str(session.get_decoded()) for session in Session.objects.all())
    assert not any(token in entry.change_message for entry in LogEntry.objects.all())
    assert not any(token in str(event.data) for event in Event.objects.all())


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"username": "Olga"}, "the first a letter or a digit"),
        ({"username": "ada"}, "already exists"),
        ({"email": "olga"}, "Write an address"),
        ({"role": "Superuser"}, "Select a valid choice"),
        ({"works_for": []}, "This field is required"),
    ],
)
def test_it_makes_no_operator_without_sense(
    administrator: Client, acme: Records, changes: dict[str, Any], problem: str
) -> None:
    assert problem in text_of(add(administrator, acme.organization, **changes))
    assert Operator.objects.count() == 1


def test_it_makes_nobody_for_another_organization(
    administrator: Client, acme: Records, globex: Records
) -> None:
    answer = add(administrator, acme.organization, globex.organization)

    assert "Select a valid choice" in text_of(answer)
    assert "Globex" not in text_of(administrator.get(reverse(ADD)))
    assert not Operator.objects.filter(username="olga").exists()


def test_it_lists_colleagues_and_no_organization_that_is_not_ones_own(
    administrator: Client, acme: Records, globex: Records
) -> None:
    make_operator("bea", acme.organization, globex.organization, role=Role.OPERATOR)
    make_operator("stan", globex.organization, role=Role.OPERATOR)

    page = text_of(administrator.get(reverse(PEOPLE)))

    assert "<h1>People</h1>" in page
    assert ">bea</a>" in page
    assert "Operator" in page
    assert "stan" not in page
    assert "Globex" not in page


def test_it_lets_one_look_at_a_colleague_who_works_elsewhere_too_and_do_nothing(
    administrator: Client, acme: Records, globex: Records
) -> None:
    bea = make_operator("bea", acme.organization, globex.organization, role=Role.OPERATOR)

    page = text_of(administrator.get(page_of(bea)))

    assert "You may only look: They do not work for organizations of yours alone." in page
    assert page_of(bea, "deactivate") not in page
    assert "organizations of yours alone" in text_of(administrator.post(page_of(bea, "deactivate")))
    bea.refresh_from_db()
    assert bea.is_active


@pytest.mark.usefixtures("nina")
def test_it_finds_people_by_role_and_name(superuser: Client, acme: Records) -> None:
    make_operator("olga", acme.organization, role=Role.OPERATOR)

    page = text_of(superuser.get(reverse(PEOPLE), {"role": "Viewer", "active": "yes", "q": "n"}))

    assert ">nina</a>" in page
    assert ">olga</a>" not in page
    assert ">nina</a>" not in text_of(superuser.get(reverse(PEOPLE), {"role": "King"}))


def test_it_gives_another_role(administrator: Client, nina: Operator) -> None:
    form = text_of(administrator.get(page_of(nina, "role")))
    page = text_of(administrator.post(page_of(nina, "role"), {"role": "Approver"}, follow=True))

    assert re.findall(r'value="(\w+)"[^>]* checked', form) == ["Viewer"]
    assert "<h1>nina</h1>" in page
    assert "nina is Approver now." in page
    assert "before: Viewer" in page
    assert Operator.objects.get(pk=nina.pk).has_perms(PERMISSIONS[Role.APPROVER])


def test_it_changes_for_whom_somebody_works(superuser: Client, nina: Operator, globex: Records) -> None:
    url = page_of(nina, "organizations")
    assert "Globex (test)" in text_of(superuser.get(url))

    superuser.post(url, {"works_for": [str(globex.organization.pk)]})

    assert list(nina.organizations.all()) == [globex.organization]
    told = Event.objects.filter(type__startswith="Membership", actor="operator:root").order_by("id")
    assert [event.type for event in told] == ["MembershipGranted", "MembershipWithdrawn"]


def test_it_ends_a_membership(administrator: Client, acme: Records, nina: Operator) -> None:
    session = sign_in(nina)
    payouts = reverse("admin:payouts_payout_changelist")
    assert acme.payout.reference in text_of(session.get(payouts))

    answer = administrator.post(page_of(nina, "organizations"), {}, follow=True)

    assert "The organizations of nina are changed." in text_of(answer)
    assert acme.payout.reference not in text_of(session.get(payouts))


def test_it_changes_an_address(administrator: Client, nina: Operator) -> None:
    administrator.post(page_of(nina, "email"), {"email": "nina@example.com"})
    refused = administrator.post(page_of(nina, "email"), {"email": "nina@"})

    nina.refresh_from_db()
    assert nina.email == "nina@example.com"
    assert "Write an address" in text_of(refused)


def test_it_makes_an_operator_inactive_and_never_deletes_one(administrator: Client, nina: Operator) -> None:
    session = sign_in(nina)

    administrator.post(page_of(nina, "deactivate"))
    response = administrator.post(page_of(nina, "delete"), {"post": "yes"})

    nina.refresh_from_db()
    assert not nina.is_active
    assert response.status_code == HTTPStatus.FORBIDDEN
    assert session.get(reverse("admin:index")).status_code == HTTPStatus.FOUND
    administrator.post(page_of(nina, "reactivate"))
    nina.refresh_from_db()
    assert nina.is_active


def test_it_makes_a_link_for_a_new_password(administrator: Client, nina: Operator) -> None:
    session = sign_in(nina)

    answer = administrator.post(page_of(nina, "password"))

    assert "/sign-in/password/" in link_in(answer)
    assert "no-store" in answer["Cache-Control"]
    assert session.get(reverse("admin:index")).status_code == HTTPStatus.FOUND


def test_it_shows_no_hash_of_a_password(superuser: Client, nina: Operator) -> None:
    page = text_of(superuser.get(page_of(nina)))

    assert "nina" in page
    assert nina.password not in page


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.APPROVER])
@pytest.mark.parametrize("model", PEOPLE_MODELS)
def test_it_lets_only_administrators_at_people(acme: Records, model: str, role: Role) -> None:
    client = sign_in(make_operator("olga", acme.organization, role=role))

    for page in ("changelist", "add"):
        url = reverse(f"admin:{model}_{page}")
        assert client.get(url).status_code == HTTPStatus.FORBIDDEN
        assert client.post(url, {}).status_code == HTTPStatus.FORBIDDEN


def test_it_lets_nobody_make_themselves_a_superuser(administrator: Client) -> None:
    ada = Operator.objects.get(username="ada")
    forged = {"is_superuser": "on", "is_staff": "on", "role": "Administrator"}

    assert administrator.post(page_of(ada), forged).status_code == HTTPStatus.FORBIDDEN
    assert administrator.post(page_of(ada, "delete"), forged).status_code == HTTPStatus.FORBIDDEN
    assert "somebody else has to do this" in text_of(administrator.post(page_of(ada, "role"), forged))

    ada.refresh_from_db()
    assert not ada.is_superuser


def test_it_makes_nobody_a_superuser(administrator: Client, superuser: Client, acme: Records) -> None:
    add(administrator, acme.organization, is_superuser="on")
    add(superuser, acme.organization, is_superuser="on", username="otto", email="")

    assert [each.username for each in Operator.objects.filter(is_superuser=True)] == ["root"]
    assert Operator.objects.filter(username__in=["olga", "otto"]).count() == 2


@pytest.mark.parametrize("role", list(Role)[:3])
def test_it_offers_no_page_about_people_to_who_keeps_none(acme: Records, role: Role) -> None:
    client = sign_in(make_operator("olga", acme.organization, role=role))

    index = text_of(client.get(reverse("admin:payouts_payout_changelist")))

    assert reverse("admin:payouts_recipient_changelist") in index
    assert not any(reverse(f"admin:{model}_changelist") in index for model in PEOPLE_MODELS)


def test_it_shows_what_each_role_may_and_changes_nothing_of_it(administrator: Client) -> None:
    group = Group.objects.get(name="Approver")
    url = reverse("admin:auth_group_change", args=[group.pk])

    assert "payouts.approve_settlement" in text_of(administrator.get(url))
    assert administrator.post(url, {"name": "Kings"}).status_code == HTTPStatus.FORBIDDEN
    assert administrator.get(reverse("admin:auth_group_add")).status_code == HTTPStatus.FORBIDDEN


def test_it_asks_few_queries(administrator: Client, acme: Records, nina: Operator) -> None:
    for number in range(5):
        make_operator(f"colleague{number}", acme.organization, role=Role.OPERATOR)
    pages = [
        reverse(PEOPLE),
        page_of(nina),
        reverse("admin:access_organization_change", args=[acme.organization.pk]),
        reverse("admin:access_apikey_change", args=[acme.api_key.pk]),
        reverse("admin:auth_group_changelist"),
    ]

    asked = {}
    for page in pages:
        with CaptureQueriesContext(connection) as queries:
            assert administrator.get(page).status_code == HTTPStatus.OK
        asked[page] = len(queries)

    assert max(asked.values()) <= 15, asked


def test_it_refuses_a_selection_of_what_are_no_ids(superuser: Client) -> None:
    choice = {"action": "deactivate", "_selected_action": "abc"}

    assert superuser.post(reverse(PEOPLE), choice).status_code == HTTPStatus.BAD_REQUEST


def test_it_deactivates_a_selection_and_tells_why_not(administrator: Client, nina: Operator) -> None:
    ada = Operator.objects.get(username="ada")
    form = {"action": "deactivate", "_selected_action": [str(nina.pk), str(ada.pk)], "confirmed": "yes"}

    page = text_of(administrator.post(reverse(PEOPLE), form))

    assert "1 of 2 done" in page
    assert "That is you" in page
    assert {each.username for each in Operator.objects.filter(is_active=False)} == {"nina"}
