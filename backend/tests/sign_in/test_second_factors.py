"""Authenticator apps and recovery codes: set up, asked for, taken once, and kept so that nobody reads them."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from http import HTTPStatus
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.utils import timezone
from structlog.testing import capture_logs

from sign_in.application.use_code import use_code
from sign_in.encryption import PREFIX
from tests.factories import NOON
from tests.sign_in.people import (
    ADD_APP,
    CODE,
    CONSOLE,
    FACTORS,
    App,
    Person,
    add_app,
    enter_code,
    enter_password,
    is_signed_in,
    make_person,
    text_of,
)
from tests.sign_in.test_encryption import OTHER_KEY

if TYPE_CHECKING:
    from pytest_django import Settings

    from access.models import Organization


def b64url(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


API = "/api/payouts/"
NO_KEYS = ["", "x", "{}", "[]", "null", "1", '{"response": {}}', '{"id": 1}', '{"id": "\\u0000"}']
# The answers of keys, but for what is signed (CTAP 2, in CBOR).
EMPTY = {"clientDataJSON": "AA", "authenticatorData": "AA", "signature": "AA", "attestationObject": "AA"}
CLIENT_DATA = b64url(b'{"type": "webauthn.create", "challenge": "AA", "origin": "http://testserver"}')


def key_answer(**response: str) -> str:
    return json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": EMPTY | response})


# Somebody was there, and no more.
NO_ATTESTATION = b64url(
    b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58\x25"
    + sha256(b"localhost").digest()
    + b"\x01\0\0\0\0"
)
HOSTILE_KEYS = {
    "empty parts": key_answer(),
    "cut off": key_answer(clientDataJSON=CLIENT_DATA, attestationObject=b64url(b"\xa1\x61")),
    "cut number": key_answer(clientDataJSON=CLIENT_DATA, attestationObject=b64url(b"\x19\x01")),
    "unknown kind": key_answer(clientDataJSON=CLIENT_DATA, attestationObject=b64url(b"\xc1\x01")),
    "list for a key": key_answer(clientDataJSON=CLIENT_DATA, attestationObject=b64url(b"\xa1\x80\x01")),
    "deep within": key_answer(clientDataJSON=CLIENT_DATA, attestationObject=b64url(b"\x81" * 20_000)),
    "number for an id": '{"id": 1, "rawId": 1, "type": "public-key", "response": [1]}',
    "number for an origin": key_answer(
        clientDataJSON=b64url(b'{"type": "webauthn.create", "challenge": "AA", "origin": 5}'),
        attestationObject=NO_ATTESTATION,
    ),
    "deep": "[" * 30_000,
    "digits": "1" * 5_000,
    "surrogate": '{"id": "\\ud800"}',
    "no number": '{"id": NaN}',
    "long": json.dumps({"id": "A" * 40_000}),
}
RECOVERY = "/sign-in/factors/codes/"


@pytest.fixture
def app(browser: Client, ada: Person) -> App:
    """Ada's, set up in her browser."""
    enter_password(browser, ada)
    return add_app(browser, ada)


@pytest.fixture
def other(ada: Person, app: App) -> Client:  # noqa: ARG001  the app is there before
    """Another browser, in which Ada's password was entered, and no code."""
    client = Client()
    assert enter_password(client, ada)["Location"] == CODE
    return client


def wrong_code(app: App) -> str:
    near = {app.code(steps_later=steps) for steps in range(-3, 4)}
    return next(code for number in range(10) if (code := f"{number:06}") not in near)


def recovery_codes(browser: Client) -> list[str]:
    return re.findall(r"<li><code>(\d{8})</code></li>", text_of(browser.get(RECOVERY)))


def test_it_lets_nobody_in_with_the_password_alone(other: Client) -> None:
    assert not is_signed_in(other)
    assert other.get(API).status_code == HTTPStatus.UNAUTHORIZED


def test_it_lets_in_who_has_the_app(other: Client, app: App) -> None:
    with capture_logs() as lines:
        enter_code(other, app.code())

    assert is_signed_in(other)
    noted = next(line for line in lines if line["event"] == "signed_in")
    assert noted["ways"] == ["password", "totp"]


@pytest.mark.parametrize("steps_later", [-4, 4])
def test_it_refuses_a_code_of_another_time(other: Client, app: App, steps_later: int) -> None:
    assert "is not right" in text_of(enter_code(other, app.code(steps_later=steps_later)))
    assert not is_signed_in(other)


def test_it_refuses_a_wrong_code_and_notes_it(other: Client, app: App) -> None:
    with capture_logs() as lines:
        answer = enter_code(other, wrong_code(app))

    assert "is not right" in text_of(answer)
    assert not is_signed_in(other)
    noted = next(line for line in lines if line["event"] == "sign_in_failed")
    assert (noted["operator"], noted["reason"]) == ("ada", "second_factor")


def test_it_takes_a_code_once(other: Client, ada: Person, app: App) -> None:
    code = app.code()
    enter_code(other, code)
    replay = Client()
    enter_password(replay, ada)

    assert "was used before" in text_of(enter_code(replay, code))
    assert not is_signed_in(replay)


def test_it_takes_no_code_older_than_the_last(other: Client, ada: Person, app: App) -> None:
    enter_code(other, app.code())
    late = Client()
    enter_password(late, ada)
    enter_code(late, app.code(steps_later=-1))

    assert not is_signed_in(late)


def test_it_does_not_take_the_code_with_which_the_app_was_set_up(other: Client, app: App) -> None:
    enter_code(other, app.code(steps_later=-1))

    assert not is_signed_in(other)


@pytest.mark.django_db(transaction=True)
def test_it_lets_one_of_many_in_who_bring_a_code_at_once(browser: Client, ada: Person) -> None:
    enter_password(browser, ada)
    app = add_app(browser, ada)
    code, now = app.code(), timezone.now()

    together = Barrier(8)

    def bring(_: int) -> bool:
        connection.ensure_connection()
        together.wait()
        try:
            return use_code(operator_id=ada.operator.pk, code=code, now=now) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(bring, range(8))) == 1


def test_it_knows_no_code_of_who_has_no_app(ada: Person) -> None:
    assert use_code(operator_id=ada.operator.pk, code="123456", now=NOON) is None


def test_it_shows_recovery_codes_once(browser: Client, app: App) -> None:  # noqa: ARG001  set up with them
    assert len(recovery_codes(browser)) == 10
    assert recovery_codes(browser) == []
    assert "not shown again" in text_of(browser.get(RECOVERY))


def test_it_takes_each_recovery_code_once(browser: Client, other: Client, ada: Person) -> None:
    first, second, *_ = recovery_codes(browser)
    enter_code(other, first)
    again, next_one = Client(), Client()
    for client, code in ((again, first), (next_one, f" {second[:4]} {second[4:]} ")):
        enter_password(client, ada)
        enter_code(client, code)

    assert [is_signed_in(client) for client in (other, again, next_one)] == [True, False, True]


@pytest.mark.usefixtures("app")
def test_it_counts_no_code_that_was_right(browser: Client, ada: Person) -> None:
    for code in recovery_codes(browser)[:7]:
        client = Client()
        enter_password(client, ada)
        enter_code(client, code)
        assert is_signed_in(client)


def test_it_makes_new_recovery_codes_and_forgets_the_old(browser: Client, other: Client, app: App) -> None:
    old = recovery_codes(browser)
    browser.post("/sign-in/again/code/", {"code": app.code()})
    browser.post(f"{RECOVERY}new/")
    new = recovery_codes(browser)
    enter_code(other, old[0])

    assert len(new) == 10
    assert not set(new) & set(old)
    assert not is_signed_in(other)


def test_it_keeps_no_secret_that_a_reader_of_the_database_could_use(browser: Client, ada: Person) -> None:
    enter_password(browser, ada)
    browser.post("/sign-in/again/", {"password": ada.password})
    page = text_of(browser.get(ADD_APP))
    secret = next(iter(re.findall(r"<code>([A-Z2-7]{32})</code>", page)))
    waiting = json.dumps([row.get_decoded() for row in Session.objects.all()])
    browser.post(ADD_APP, {"code": App(secret).code()})
    kept = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))

    assert PREFIX in waiting
    assert kept.count(PREFIX) == 2  # the app's, and that of the recovery codes
    assert secret not in waiting + kept


def test_it_shows_the_same_secret_until_the_code_is_right(browser: Client, ada: Person) -> None:
    enter_password(browser, ada)
    browser.post("/sign-in/again/", {"password": ada.password})
    secret = re.findall(r"<code>([A-Z2-7]{32})</code>", text_of(browser.get(ADD_APP)))[0]
    mistaken = text_of(browser.post(ADD_APP, {"code": wrong_code(App(secret))}))

    assert secret in mistaken
    assert browser.post(ADD_APP, {"code": App(secret).code()}).status_code == HTTPStatus.FOUND


@pytest.mark.parametrize(
    "path", ["factors/app/add/", "factors/keys/add/", "factors/app/remove/", "factors/codes/new/"]
)
def test_it_asks_who_it_is_before_a_factor_is_changed(browser: Client, app: App, path: str) -> None:  # noqa: ARG001  set up before
    session = browser.session
    for record in (records := session["account_authentication_methods"]):
        record.pop("reauthenticated", None)
    session["account_authentication_methods"] = records
    session.save()
    factors = Authenticator.objects.count()

    for method in (browser.get, browser.post):
        answer = method(f"/sign-in/{path}")
        assert "add" in path or answer["Location"].startswith("/sign-in/again/")

    assert Authenticator.objects.count() == factors


def test_it_takes_no_password_for_the_second_factor_where_there_is_one(browser: Client, ada: Person) -> None:
    """Somebody who knew the password was in before the owner set up a second factor."""
    thief = Client()
    enter_password(thief, ada)
    thief.post("/sign-in/again/", {"password": "wrong"})
    enter_password(browser, ada)
    app = add_app(browser, ada)

    page = thief.get(CONSOLE, follow=True)
    again = thief.post("/sign-in/again/", {"password": ada.password, "next": CONSOLE})

    assert page.request["PATH_INFO"] == "/sign-in/again/code/"
    assert again["Location"].startswith("/sign-in/again/code/")
    assert not is_signed_in(thief)
    refused = thief.get(API).json()
    assert (refused["code"], "/sign-in/again/" in refused["detail"]) == ("second_factor_needed", True)
    assert thief.get("/sign-in/factors/app/remove/")["Location"].startswith("/sign-in/again/code/")
    assert is_signed_in(browser)
    assert thief.post("/sign-in/again/code/", {"code": app.code(), "next": CONSOLE})["Location"] == CONSOLE
    assert is_signed_in(thief)  # who has the factor may go on


@pytest.mark.usefixtures("strict")
def test_it_lets_nobody_work_without_a_second_factor(browser: Client, ada: Person) -> None:
    enter_password(browser, ada)

    for path in (CONSOLE, "/admin/payouts/payout/", "/admin/password_change/", "/admin/jsi18n/"):
        page = browser.get(path, follow=True)
        assert page.request["PATH_INFO"] == FACTORS, path
    refused = browser.get(API)
    assert (refused.status_code, refused.json()["code"]) == (HTTPStatus.FORBIDDEN, "second_factor_needed")


@pytest.mark.usefixtures("strict")
def test_it_leads_who_is_no_staff_to_the_second_factors_too(browser: Client, ada: Person) -> None:
    ada.operator.is_staff = False
    ada.operator.save()
    enter_password(browser, ada)

    assert browser.get(CONSOLE, follow=True).request["PATH_INFO"] == FACTORS
    assert FACTORS in browser.get(API).json()["detail"]
    add_app(browser, ada)
    assert browser.get(API).status_code == HTTPStatus.OK
    assert browser.get(CONSOLE, follow=True).status_code == HTTPStatus.FORBIDDEN


@pytest.mark.usefixtures("strict")
def test_it_lets_work_who_has_just_set_one_up(browser: Client, ada: Person) -> None:
    enter_password(browser, ada)
    add_app(browser, ada)

    assert is_signed_in(browser)
    assert browser.get(API).status_code == HTTPStatus.OK


@pytest.mark.usefixtures("strict")
def test_it_lets_nobody_work_who_has_removed_theirs(browser: Client, ada: Person, app: App) -> None:
    browser.post("/sign-in/again/code/", {"code": app.code()})
    browser.post("/sign-in/factors/app/remove/")

    assert not Authenticator.objects.filter(user=ada.operator).exists()
    later = Client()
    enter_password(later, ada)
    assert later.get(CONSOLE, follow=True).request["PATH_INFO"] == FACTORS


def test_it_shows_nobody_the_factors_of_others(app: App, organization: Organization) -> None:  # noqa: ARG001  Ada's
    eve = make_person("eve", organization)
    browser = Client()
    enter_password(browser, eve)

    assert "no second factor yet" in text_of(browser.get(FACTORS))
    assert browser.get(RECOVERY).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("credential", NO_KEYS)
def test_it_takes_nothing_for_a_security_key_that_is_none(other: Client, credential: str) -> None:
    answer = other.post(CODE, {"credential": credential})

    assert answer.status_code == HTTPStatus.OK
    assert not is_signed_in(other)


@pytest.mark.parametrize("credential", NO_KEYS)
def test_it_adds_nothing_for_a_security_key_that_is_none(
    browser: Client, ada: Person, credential: str
) -> None:
    enter_password(browser, ada)
    browser.post("/sign-in/again/", {"password": ada.password})
    assert browser.get("/sign-in/factors/keys/add/").status_code == HTTPStatus.OK

    answer = browser.post("/sign-in/factors/keys/add/", {"name": "key", "credential": credential})

    assert answer.status_code == HTTPStatus.OK
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("credential", HOSTILE_KEYS.values(), ids=HOSTILE_KEYS)
def test_it_takes_what_cannot_be_read_for_a_wrong_key(other: Client, credential: str) -> None:
    with capture_logs() as lines:
        answer = other.post(CODE, {"credential": credential})

    assert "is not right" in text_of(answer)
    assert not is_signed_in(other)
    noted = next(line for line in lines if line["event"] == "sign_in_failed")
    assert (noted["operator"], noted["reason"]) == ("ada", "second_factor")


@pytest.mark.parametrize("credential", HOSTILE_KEYS.values(), ids=HOSTILE_KEYS)
def test_it_adds_no_key_that_cannot_be_read(browser: Client, ada: Person, credential: str) -> None:
    enter_password(browser, ada)
    browser.post("/sign-in/again/", {"password": ada.password})
    browser.get("/sign-in/factors/keys/add/")
    with capture_logs() as lines:
        answer = browser.post("/sign-in/factors/keys/add/", {"name": "key", "credential": credential})

    assert "is not right" in text_of(answer)
    assert not Authenticator.objects.exists()
    noted = next(line for line in lines if line["event"] == "security_key_refused")
    assert (noted["operator"], noted["log_level"]) == ("ada", "warning")


def test_it_adds_no_key_whose_answer_names_none(browser: Client, ada: Person) -> None:
    enter_password(browser, ada)
    browser.post("/sign-in/again/", {"password": ada.password})
    browser.get("/sign-in/factors/keys/add/", headers={"host": "localhost"})
    asked = {"type": "webauthn.create", "challenge": browser.session["mfa.webauthn.state"]["challenge"]}
    client_data = json.dumps(asked | {"origin": "http://localhost"}).encode()
    answer = key_answer(clientDataJSON=b64url(client_data), attestationObject=NO_ATTESTATION)

    form = {"name": "key", "credential": answer}
    page = browser.post("/sign-in/factors/keys/add/", form, headers={"host": "localhost"})

    assert "is not right" in text_of(page)
    assert not Authenticator.objects.exists()


def test_it_shows_another_secret_when_the_one_that_waited_cannot_be_read(
    browser: Client, ada: Person, settings: Settings
) -> None:
    enter_password(browser, ada)
    browser.post("/sign-in/again/", {"password": ada.password})
    lost = re.findall(r"<code>([A-Z2-7]{32})</code>", text_of(browser.get(ADD_APP)))[0]
    settings.FIELD_ENCRYPTION_KEYS = OTHER_KEY

    mistaken = text_of(browser.post(ADD_APP, {"code": App(lost).code()}))

    shown = re.findall(r"<code>([A-Z2-7]{32})</code>", mistaken)[0]
    assert shown != lost
    assert browser.post(ADD_APP, {"code": App(shown).code()}).status_code == HTTPStatus.FOUND


@pytest.mark.usefixtures("app")
def test_it_lets_no_browser_keep_these_pages(browser: Client) -> None:
    for path in ("", "factors/", "factors/codes/", "factors/app/add/"):
        answer = browser.get(f"/sign-in/{path}")
        assert "no-store" in answer["Cache-Control"], path
