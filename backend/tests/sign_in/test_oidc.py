"""Signing in through the company's own provider."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from allauth.socialaccount.models import SocialAccount
from structlog.testing import capture_logs

from access.models import Operator
from config.settings.sign_in import oidc_providers
from tests.console.cast import make_operator
from tests.sign_in.open_id_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    Provider,
    query_of,
    running_provider,
)
from tests.sign_in.people import (
    CODE,
    CONSOLE,
    Person,
    add_app,
    enter_code,
    enter_password,
    is_signed_in,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer
    from pytest_django import Settings

START, BACK = "/sign-in/company/", "/sign-in/company/callback/"
ACCOUNT = {"sub": "17", "email": "ada@acme.test", "email_verified": True, "name": "Ada"}


@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    with running_provider(dict(ACCOUNT)) as provider:
        settings.ROOT_URLCONF = "tests.sign_in.urls_with_oidc"
        settings.SOCIALACCOUNT_PROVIDERS = oidc_providers(provider.url, CLIENT_ID, CLIENT_SECRET, "Acme")
        yield provider


@pytest.fixture
def known(ada: Person) -> Person:
    """An operator whose address an administrator has entered, not quite as the provider writes it."""
    ada.operator.email = "Ada@acme.test"
    ada.operator.save()
    return ada


def come_back(browser: Client, provider: Provider, **form: str) -> Answer:
    """Through the provider, where somebody signs in, and back to us."""
    away = browser.post(START, form)
    assert away.status_code == HTTPStatus.FOUND, text_of(away)
    assert away["Location"].startswith(f"{provider.url}/authorize?")
    back = provider.authorize(query_of(away["Location"]))
    return browser.get(BACK, query_of(back))


@pytest.mark.usefixtures("known")
def test_it_lets_a_known_operator_in(browser: Client, provider: Provider) -> None:
    with capture_logs() as lines:
        answer = come_back(browser, provider, next="/admin/payouts/payout/")

    assert answer["Location"] == "/admin/payouts/payout/"
    assert is_signed_in(browser)
    noted = next(line for line in lines if line["event"] == "signed_in")
    assert (noted["operator"], noted["ways"]) == ("ada", ["socialaccount"])
    assert "/token" in provider.calls


def test_it_knows_an_operator_again_whose_address_has_changed(
    browser: Client, provider: Provider, known: Person
) -> None:
    come_back(browser, provider)
    browser.post("/sign-in/out/")
    known.operator.email = ""
    known.operator.save()

    come_back(browser, provider)

    assert is_signed_in(browser)
    assert SocialAccount.objects.get().user == known.operator


def test_it_notes_which_account_it_has_tied_to_whom(
    browser: Client, provider: Provider, known: Person
) -> None:
    with capture_logs() as lines:
        come_back(browser, provider)
        browser.post("/sign-in/out/")
        come_back(browser, provider)

    tied = [line for line in lines if line["event"] == "oidc_account_tied"]
    assert [(line["operator"], line["subject"], line["address"]) for line in tied] == [
        (known.name, "17", "127.0.0.1")
    ]


@pytest.mark.usefixtures("known")
def test_it_ties_no_second_account_to_an_operator(browser: Client, provider: Provider) -> None:
    come_back(browser, provider)
    browser.post("/sign-in/out/")
    provider.account["sub"] = "18"  # the address was given to somebody else
    with capture_logs() as lines:
        answer = come_back(browser, provider)

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "another account of the provider" in text_of(answer)
    assert not is_signed_in(browser)
    assert SocialAccount.objects.get().uid == "17"
    assert [line["reason"] for line in lines if line["event"] == "sign_in_failed"] == ["oidc_already_tied"]


@pytest.mark.parametrize(
    "account",
    [
        {"email": "eve@acme.test"},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": ""},
        {"email": None},
    ],
)
@pytest.mark.usefixtures("known")
def test_it_lets_nobody_else_in(browser: Client, provider: Provider, account: dict[str, object]) -> None:
    provider.account |= account
    with capture_logs() as lines:
        answer = come_back(browser, provider)

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "no operator for this account" in text_of(answer)
    assert not is_signed_in(browser)
    assert Operator.objects.count() == 1
    assert [line["reason"] for line in lines if line["event"] == "sign_in_failed"] == ["oidc_no_operator"]


@pytest.mark.usefixtures("known")
def test_it_does_not_choose_between_two_of_the_same_address(browser: Client, provider: Provider) -> None:
    twin = make_operator("twin")
    twin.email = "ada@acme.test"
    twin.save()

    assert come_back(browser, provider).status_code == HTTPStatus.FORBIDDEN
    assert not is_signed_in(browser)


def test_it_lets_nobody_in_who_is_not_active(browser: Client, provider: Provider, known: Person) -> None:
    come_back(browser, provider)
    browser.post("/sign-in/out/")
    known.operator.is_active = False
    known.operator.save()

    assert come_back(browser, provider)["Location"] == "/sign-in/inactive/"
    assert "not active" in text_of(browser.get("/sign-in/inactive/"))
    assert not is_signed_in(browser)


def test_it_asks_for_the_second_factor_all_the_same(
    browser: Client, provider: Provider, known: Person
) -> None:
    enter_password(browser, known)
    app = add_app(browser, known)
    browser.post("/sign-in/out/")

    assert come_back(browser, provider)["Location"] == CODE
    assert not is_signed_in(browser)
    enter_code(browser, app.code())
    assert is_signed_in(browser)


@pytest.mark.usefixtures("known", "strict")
def test_it_leads_to_the_second_factors_whoever_has_none(browser: Client, provider: Provider) -> None:
    come_back(browser, provider)

    assert browser.get(CONSOLE, follow=True).request["PATH_INFO"] == "/sign-in/factors/"


@pytest.mark.usefixtures("known")
def test_it_believes_no_answer_that_it_did_not_ask_for(browser: Client, provider: Provider) -> None:
    away = browser.post(START)
    answers = query_of(provider.authorize(query_of(away["Location"])))
    somebody_else = type(browser)()

    answer = somebody_else.get(BACK, answers)

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert not is_signed_in(somebody_else)
    assert "/token" not in provider.calls


@pytest.mark.usefixtures("known")
def test_it_believes_no_token_for_another_service(browser: Client, provider: Provider) -> None:
    provider.audience = "another"

    assert come_back(browser, provider).status_code == HTTPStatus.FORBIDDEN
    assert not is_signed_in(browser)


@pytest.mark.usefixtures("known")
def test_it_says_so_when_the_provider_fails(browser: Client, provider: Provider) -> None:
    provider.is_broken = True

    assert come_back(browser, provider).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.django_db
def test_it_says_so_when_the_provider_is_away(browser: Client, settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.sign_in.urls_with_oidc"
    settings.SOCIALACCOUNT_PROVIDERS = oidc_providers("http://127.0.0.1:1", CLIENT_ID, CLIENT_SECRET, "Acme")

    answer = browser.post(START)

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "could not be completed" in text_of(answer)


@pytest.mark.parametrize("process", ["connect", "redirect"])
def test_it_ties_no_account_to_who_is_signed_in(
    browser: Client, provider: Provider, known: Person, process: str
) -> None:
    enter_password(browser, known)
    away = browser.post(f"{START}?process={process}", {"process": process})
    back = provider.authorize(query_of(away["Location"]))

    assert browser.get(BACK, query_of(back)).status_code == HTTPStatus.FORBIDDEN
    assert not SocialAccount.objects.exists()


def test_it_does_not_begin_by_a_link(browser: Client, provider: Provider) -> None:
    assert browser.get(START).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert provider.calls == []


@pytest.mark.django_db
@pytest.mark.parametrize("path", [START, BACK])
def test_it_has_no_such_door_without_a_provider(browser: Client, path: str) -> None:
    assert browser.post(path).status_code == HTTPStatus.NOT_FOUND
    assert "Sign in with" not in text_of(browser.get("/sign-in/"))
