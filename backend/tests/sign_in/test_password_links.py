"""The link by which an operator chooses a password."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
import time_machine
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from access.application.deactivate_operator import deactivate_operator
from access.application.reset_password import reset_password
from access.keeper import shell_keeper
from access.models import Operator
from events.models import Event
from sign_in.application.choose_password import LinkUsed, choose_password
from tests.sign_in.people import Person, enter_password, is_signed_in, text_of

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

NEW = "battery staple correct horse"


def make_link(person: Person) -> str:
    link = reset_password(keeper=shell_keeper(), operator_id=person.operator.pk)
    return reverse("choose_password", args=[link.uid, link.token])


def choose(browser: Client, link: str, password: str = NEW) -> Answer:
    page = browser.get(link, follow=True)
    return browser.post(page.request["PATH_INFO"], {"new_password1": password, "new_password2": password})


def test_it_lets_an_operator_choose_and_then_sign_in_by_the_one_door(browser: Client, ada: Person) -> None:
    session = Client()
    session.force_login(ada.operator)
    link = make_link(ada)
    assert not is_signed_in(session)
    assert not is_signed_in(browser)

    answer = choose(browser, link)

    assert (answer.status_code, answer["Location"]) == (HTTPStatus.FOUND, reverse("account_login"))
    assert not is_signed_in(browser)
    enter_password(browser, Person(ada.operator, NEW))
    assert is_signed_in(browser)
    told = Event.objects.filter(subject_id=ada.operator.pk, subject_type="operator").order_by("id")
    assert [(event.type, event.actor) for event in told] == [
        ("PasswordReset", "shell"), ("PasswordChosen", "operator:ada"),
    ]  # fmt: skip


def test_it_takes_the_token_out_of_the_address_and_of_the_session(browser: Client, ada: Person) -> None:
    link = make_link(ada)

    page = browser.get(link, follow=True)

    token = link.rstrip("/").rpartition("/")[2]
    assert token not in page.request["PATH_INFO"] + text_of(page)
    assert "no-store" in page["Cache-Control"]
    choose(browser, link)
    assert INTERNAL_RESET_SESSION_TOKEN not in browser.session


def test_it_works_once_and_the_newest_alone(browser: Client, ada: Person) -> None:
    earlier, link = make_link(ada), make_link(ada)

    assert "good no more" in text_of(browser.get(earlier))
    choose(browser, link)
    assert "good no more" in text_of(Client().get(link, follow=True))


def test_it_lets_one_of_two_choose(ada: Person) -> None:
    link = reset_password(keeper=shell_keeper(), operator_id=ada.operator.pk)
    choose_password(operator_id=ada.operator.pk, token=link.token, password=NEW)
    with pytest.raises(LinkUsed):
        choose_password(operator_id=ada.operator.pk, token=link.token, password="another one")
    assert Operator.objects.get(pk=ada.operator.pk).check_password(NEW)


def test_it_tells_who_comes_second_with_an_open_form(browser: Client, ada: Person) -> None:
    link = make_link(ada)
    page = browser.get(link, follow=True).request["PATH_INFO"]
    choose(Client(), link)

    answer = browser.post(page, {"new_password1": NEW, "new_password2": NEW})

    assert "good no more" in text_of(answer)


def test_it_works_for_a_day(browser: Client, ada: Person) -> None:
    link = make_link(ada)
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert "good no more" in text_of(browser.get(link))


def test_it_does_nothing_for_who_is_deactivated(browser: Client, ada: Person) -> None:
    link = make_link(ada)
    deactivate_operator(keeper=shell_keeper(), operator_id=ada.operator.pk)
    assert "good no more" in text_of(browser.get(link))


@pytest.mark.parametrize("password", ["short", "12345678901234", "iloveyou"])
def test_it_takes_no_password_that_is_guessed(browser: Client, ada: Person, password: str) -> None:
    answer = choose(browser, make_link(ada), password)

    assert answer.status_code == HTTPStatus.OK
    assert not Operator.objects.get(pk=ada.operator.pk).has_usable_password()


@pytest.mark.django_db
@pytest.mark.parametrize("uid", ["x", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "AAAA", "LTE"])
@pytest.mark.parametrize("token", ["x", "set-password", "c0ffee-" + "0" * 32])
def test_it_answers_to_any_link(browser: Client, uid: str, token: str) -> None:
    assert "good no more" in text_of(browser.get(reverse("choose_password", args=[uid, token])))
