"""An operator who has lost telephone and codes comes back with an administrator's help."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from structlog.testing import capture_logs

from access.roles import Role
from events.models import Event
from tests.console.cast import make_operator, sign_in
from tests.sign_in.people import CODE, Person, add_app, enter_password, is_signed_in

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

    from access.models import Organization

API = "/api/payouts/"


@pytest.fixture(autouse=True)
def _ada_has_an_app(ada: Person) -> None:
    browser = Client()
    enter_password(browser, ada)
    add_app(browser, ada)


def press_remove(browser: Client, person: Person) -> Answer:
    return browser.post(reverse("admin:access_operator_factors", args=[person.operator.pk]))


def test_it_removes_the_factors_by_a_command(ada: Person, capsys: pytest.CaptureFixture[str]) -> None:
    with capture_logs() as lines:
        call_command("remove_second_factors", "ada")

    assert capsys.readouterr().out == "removed\n"
    assert not Authenticator.objects.exists()
    noted = next(line for line in lines if line["event"] == "second_factors_removed")
    assert (noted["operator"], noted["removed"]) == ("ada", 2)
    browser = Client()
    enter_password(browser, ada)
    assert is_signed_in(browser)


@pytest.mark.usefixtures("strict")
def test_it_ends_what_sessions_have_proven_by_the_factors_that_are_removed(ada: Person) -> None:
    thief, owner = Client(), Client()
    enter_password(thief, ada)
    code = {"code": recovery_code_of(ada)}
    thief.post(CODE, code)
    assert is_signed_in(thief)

    call_command("remove_second_factors", "ada")
    assert not is_signed_in(thief)
    assert thief.get(API).json()["code"] == "second_factor_needed"

    enter_password(owner, ada)
    add_app(owner, ada)
    assert is_signed_in(owner)
    assert not is_signed_in(thief)
    assert thief.get(API).json()["code"] == "second_factor_needed"


def recovery_code_of(person: Person) -> str:
    kept = Authenticator.objects.get(user=person.operator, type=Authenticator.Type.RECOVERY_CODES)
    return str(kept.wrap().get_unused_codes()[0])


def test_it_removes_nothing_of_who_is_unknown() -> None:
    with pytest.raises(CommandError, match="no operator named 'nobody'"):
        call_command("remove_second_factors", "nobody")


def test_it_removes_the_factors_for_a_superuser(ada: Person) -> None:
    root = sign_in(make_operator("root", superuser=True))
    with capture_logs() as lines:
        press_remove(root, ada)

    assert not Authenticator.objects.exists()
    noted = next(line for line in lines if line["event"] == "second_factors_removed")
    assert (noted["operator"], noted["actor"]) == ("ada", "operator:root")


def test_it_removes_nothing_for_anybody_else(ada: Person, organization: Organization) -> None:
    assert press_remove(sign_in(make_operator("mary")), ada).status_code == HTTPStatus.NOT_FOUND
    viewer = make_operator("vic", organization, role=Role.VIEWER)
    assert press_remove(sign_in(viewer), ada).status_code == HTTPStatus.FORBIDDEN

    assert Authenticator.objects.count() == 2


def test_it_tells_the_organization_whose_factors_were_removed(ada: Person) -> None:
    call_command("remove_second_factors", "ada")
    call_command("remove_second_factors", "ada")

    told = Event.objects.get(type="SecondFactorsRemoved")
    assert (told.subject_id, told.actor, told.data) == (ada.operator.pk, "shell", {"operator": "ada"})


def test_it_shows_who_lacks_one(ada: Person, organization: Organization) -> None:
    joe = make_operator("joe", organization, role=Role.VIEWER)
    root = sign_in(make_operator("root", superuser=True))

    def shown(answer: str) -> set[str]:
        page = root.get(reverse("admin:access_operator_changelist"), {"second_factor": answer})
        return {name for name in ("ada", "joe") if f">{name}</a>" in page.content.decode()}

    assert (shown("yes"), shown("no")) == ({"ada"}, {"joe"})
    page = root.get(reverse("admin:access_operator_change", args=[joe.pk])).content.decode()
    assert "joe has no second factor" in page
    page = root.get(reverse("admin:access_operator_change", args=[ada.operator.pk])).content.decode()
    assert "has no second factor" not in page
