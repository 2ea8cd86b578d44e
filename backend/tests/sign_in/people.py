"""Operators at the pages of the sign-in, and the app on their telephone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

from tests.console.cast import make_operator

if TYPE_CHECKING:
    from django.test import Client
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

    from access.models import Operator, Organization

PASSWORD = "correct horse battery staple"
CONSOLE = "/admin/"
SIGN_IN = "/sign-in/"
CODE = "/sign-in/code/"
FACTORS = "/sign-in/factors/"
ADD_APP = "/sign-in/factors/app/add/"
STEP_SECONDS = 30
SLOWEST_SECONDS = 4


@dataclass(frozen=True)
class Person:
    operator: Operator
    password: str = PASSWORD

    @property
    def name(self) -> str:
        return self.operator.username


@dataclass(frozen=True)
class App:
    """An authenticator app (RFC 6238, with the values that every app assumes)."""

    secret: str

    def code(self, *, steps_later: int = 0) -> str:
        step = int(time.time()) // STEP_SECONDS + steps_later
        key = base64.b32decode(self.secret)
        digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
        number = struct.unpack_from(">I", digest, digest[-1] & 0xF)[0] & 0x7FFFFFFF
        return f"{number % 10**6:06}"


def await_time_for_a_code() -> None:
    """A browser takes its time, and a code of the step before is none any more once this one has ended."""
    left = STEP_SECONDS - time.time() % STEP_SECONDS
    if left < SLOWEST_SECONDS:
        time.sleep(left)


def make_person(name: str, *organizations: Organization) -> Person:
    operator = make_operator(name, *organizations, permissions="view_")
    operator.set_password(PASSWORD)
    operator.save()
    return Person(operator)


def enter_password(browser: Client, person: Person, **changes: str) -> Answer:
    return browser.post(SIGN_IN, {"login": person.name, "password": person.password} | changes)


def enter_code(browser: Client, code: str) -> Answer:
    return browser.post(CODE, {"code": code})


def is_signed_in(browser: Client) -> bool:
    return browser.get(CONSOLE).status_code == 200


def add_app(browser: Client, person: Person) -> App:
    """Set up an authenticator app in a signed-in browser, which shows a code of the step before."""
    page = browser.get(ADD_APP, follow=True)
    if page.request["PATH_INFO"] == reverse("account_reauthenticate"):
        page = browser.post(
            page.request["PATH_INFO"], {"password": person.password, "next": ADD_APP}, follow=True
        )
    found = re.search(r"<code>([A-Z2-7]{32})</code>", page.content.decode())
    assert found is not None, page.content.decode()
    app = App(found[1])
    if time.time() % STEP_SECONDS > STEP_SECONDS - 1:
        time.sleep(1)  # the step before is none any more once this one has ended
    added = browser.post(ADD_APP, {"code": app.code(steps_later=-1)})
    assert added.status_code == 302, added.content.decode()
    return app


def text_of(answer: Answer) -> str:
    return answer.content.decode()
