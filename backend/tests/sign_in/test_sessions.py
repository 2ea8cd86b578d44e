"""How long a sign-in lasts: as long as somebody is there, and not for ever."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.factories import NOON
from tests.sign_in.people import CONSOLE, Person, enter_password, is_signed_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings

API = "/api/payouts/"
PASSWORD_CHANGE = "/admin/password_change/"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def signed_in(browser: Client, ada: Person, clock: time_machine.Traveller) -> Client:  # noqa: ARG001  from noon on
    enter_password(browser, ada)
    return browser


@pytest.mark.parametrize("path", [CONSOLE, API])
def test_it_ends_when_nobody_was_there_for_a_quarter_of_an_hour(
    signed_in: Client, clock: time_machine.Traveller, path: str
) -> None:
    clock.shift(timedelta(minutes=14, seconds=59))
    assert signed_in.get(path).status_code == 200

    clock.shift(timedelta(minutes=15, seconds=1))
    assert signed_in.get(path).status_code in {302, 401}


@pytest.mark.parametrize("path", [PASSWORD_CHANGE, API])
def test_it_goes_on_while_somebody_is_there_but_not_for_more_than_half_a_day(
    signed_in: Client, clock: time_machine.Traveller, path: str
) -> None:
    for _ in range(6 * 12):
        clock.shift(timedelta(minutes=10))
        assert signed_in.get(path).status_code == 200

    clock.shift(timedelta(minutes=1))
    assert signed_in.get(path).status_code in {302, 401}


@pytest.mark.parametrize("poll", ["/admin/dashboard/live/", "/admin/system/live/"])
def test_it_is_not_kept_alive_by_what_an_open_page_asks_for_itself(
    signed_in: Client, clock: time_machine.Traveller, poll: str
) -> None:
    for _ in range(2):
        clock.shift(timedelta(minutes=7))
        assert "HX-Refresh" not in signed_in.get(poll).headers

    clock.shift(timedelta(minutes=1, seconds=1))

    assert signed_in.get(poll)["HX-Refresh"] == "true"  # the page comes to the sign-in by it
    assert signed_in.get(CONSOLE).status_code == 302


def test_it_begins_anew_with_a_new_sign_in(
    signed_in: Client, ada: Person, clock: time_machine.Traveller
) -> None:
    clock.shift(timedelta(hours=13))
    enter_password(signed_in, ada)
    clock.shift(timedelta(minutes=5))

    assert is_signed_in(signed_in)


def test_it_counts_from_the_sign_in_and_not_from_the_form(
    browser: Client, ada: Person, clock: time_machine.Traveller
) -> None:
    browser.session.save()  # a visit of somebody who has not signed in yet
    clock.shift(timedelta(minutes=5))
    enter_password(browser, ada)

    assert browser.session["began_at"] == (NOON + timedelta(minutes=5)).timestamp()


def test_it_writes_at_most_once_a_minute(signed_in: Client, clock: time_machine.Traveller) -> None:
    def writes() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert signed_in.get(API).status_code == 200
        return sum(query["sql"].startswith("UPDATE") for query in queries)

    seen = []
    for _ in range(7):
        clock.shift(timedelta(seconds=20))
        seen.append(writes())

    assert seen == [0, 0, 0, 1, 0, 0, 0]


def test_it_gives_the_browser_nothing_to_keep(browser: Client, ada: Person) -> None:
    cookie = enter_password(browser, ada).cookies["sessionid"]

    assert (cookie["max-age"], cookie["expires"]) == ("", "")
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")


def test_it_takes_another_name_at_each_sign_in(browser: Client, ada: Person) -> None:
    browser.session.save()
    before = browser.session.session_key

    enter_password(browser, ada)

    assert browser.session.session_key != before


def test_it_ends_when_signed_out(browser: Client, ada: Person) -> None:
    enter_password(browser, ada)
    stolen = Client()
    stolen.cookies["sessionid"] = browser.cookies["sessionid"].value
    assert is_signed_in(stolen)

    assert browser.get("/sign-in/out/").status_code == 200  # which only asks
    assert is_signed_in(browser)
    browser.post("/sign-in/out/")

    assert not is_signed_in(browser)
    assert not is_signed_in(stolen)
    assert not Session.objects.exists()


def test_it_ends_everywhere_else_when_the_password_is_changed(browser: Client, ada: Person) -> None:
    enter_password(browser, ada)
    elsewhere = Client()
    enter_password(elsewhere, ada)
    new = "another horse battery staple"

    form = {"old_password": ada.password, "new_password1": new, "new_password2": new}
    assert browser.post(PASSWORD_CHANGE, form).status_code == 302

    assert is_signed_in(browser)
    assert not is_signed_in(elsewhere)
    assert elsewhere.get(API).status_code == 401


def test_it_keeps_secure_cookies_to_this_host(browser: Client, ada: Person, settings: Settings) -> None:
    settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE = "__Host-sessionid", True
    cookie = enter_password(browser, ada).cookies["__Host-sessionid"]

    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
