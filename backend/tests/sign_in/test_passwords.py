"""The one door: a user name and a password."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from tests.console.cast import make_operator
from tests.sign_in.people import (
    CONSOLE,
    PASSWORD,
    SIGN_IN,
    Person,
    enter_password,
    is_signed_in,
    text_of,
)

if TYPE_CHECKING:
    from django.test import Client


def test_it_lets_an_operator_in_and_notes_it(browser: Client, ada: Person) -> None:
    with capture_logs() as lines:
        answer = enter_password(browser, ada, next="/admin/payouts/payout/")

    assert (answer.status_code, answer["Location"]) == (HTTPStatus.FOUND, "/admin/payouts/payout/")
    assert is_signed_in(browser)
    noted = next(line for line in lines if line["event"] == "signed_in")
    assert (noted["operator"], noted["address"], noted["ways"]) == ("ada", "127.0.0.1", ["password"])


@pytest.mark.parametrize("elsewhere", ["https://evil.test/", "//evil.test/", "javascript:alert(1)"])
def test_it_leads_nowhere_else(browser: Client, ada: Person, elsewhere: str) -> None:
    assert enter_password(browser, ada, next=elsewhere)["Location"] == CONSOLE


def test_it_keeps_out_who_does_not_know_the_password(browser: Client, ada: Person) -> None:
    with capture_logs() as lines:
        answer = enter_password(browser, ada, password="wrong horse")

    assert "user name or the password is wrong" in text_of(answer)
    assert not is_signed_in(browser)
    noted = next(line for line in lines if line["event"] == "sign_in_failed")
    assert (noted["operator"], noted["address"], noted["reason"]) == ("ada", "127.0.0.1", "password")
    assert "wrong horse" not in str(lines)


@pytest.mark.django_db
def test_it_tells_no_stranger_which_names_there_are(browser: Client, ada: Person) -> None:
    unknown = browser.post(SIGN_IN, {"login": "nobody", "password": "wrong"})
    known = browser.post(SIGN_IN, {"login": ada.name, "password": "wrong"})

    assert "user name or the password is wrong" in text_of(unknown)
    same = text_of(unknown).replace("nobody", ada.name)
    assert strip_tokens(same) == strip_tokens(text_of(known))


def strip_tokens(page: str) -> list[str]:
    return [line for line in page.splitlines() if "csrfmiddlewaretoken" not in line]


@pytest.mark.django_db
def test_it_notes_no_name_that_may_be_a_password(browser: Client) -> None:
    with capture_logs() as lines:
        browser.post(SIGN_IN, {"login": "typed into the wrong field", "password": "x"})

    assert [line["operator"] for line in lines if line["event"] == "sign_in_failed"] == [None]
    assert "typed into" not in str(lines)


def test_it_keeps_out_who_is_not_active(browser: Client, ada: Person) -> None:
    ada.operator.is_active = False
    ada.operator.save()

    assert "user name or the password is wrong" in text_of(enter_password(browser, ada))
    assert not is_signed_in(browser)


@pytest.mark.parametrize("method", ["get", "post"])
def test_it_has_no_second_door(browser: Client, ada: Person, method: str) -> None:
    form = {"username": ada.name, "password": ada.password, "next": CONSOLE}

    answer = getattr(browser, method)("/admin/login/", form)

    assert answer.status_code == HTTPStatus.FOUND
    assert answer["Location"].startswith(SIGN_IN)
    assert not is_signed_in(browser)


@pytest.mark.parametrize(
    "path", ["signup", "password/reset", "email", "factors/keys/login", "company", "3rdparty", "login"]
)
def test_it_has_no_pages_that_nobody_needs(client: Client, path: str) -> None:
    assert client.get(f"{SIGN_IN}{path}/").status_code == HTTPStatus.NOT_FOUND


@pytest.mark.django_db
def test_it_tells_who_is_no_staff_that_the_console_is_not_for_them(browser: Client) -> None:
    joe = make_operator("joe")
    joe.is_staff = False
    joe.set_password(PASSWORD)
    joe.save()

    enter_password(browser, Person(joe))

    assert browser.get(CONSOLE, follow=True).status_code == HTTPStatus.FORBIDDEN


def test_it_needs_the_token_of_its_form(ada: Person) -> None:
    from django.test import Client  # noqa: PLC0415  one that is strict

    stranger = Client(enforce_csrf_checks=True)

    assert enter_password(stranger, ada).status_code == HTTPStatus.FORBIDDEN
    assert not is_signed_in(stranger)


@pytest.mark.parametrize("name", ["ada\x00", "a" * 151, "", "ada\ud800"])
def test_it_answers_to_any_name(browser: Client, ada: Person, name: str) -> None:
    raw = name.encode("utf-8", "surrogatepass")
    answer = browser.post(
        SIGN_IN, b"password=x&login=" + raw, content_type="application/x-www-form-urlencoded"
    )

    assert answer.status_code == HTTPStatus.OK
    assert not is_signed_in(browser)
    assert ada.name == "ada"
