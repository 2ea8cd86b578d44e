from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from rest_framework.renderers import JSONRenderer

from access.authentication import ApiKeyAuthentication
from access.permissions import HasRequiredScope
from access.scopes import EVERY_SCOPE, Scope
from config.interfaces.http.json_parser import StrictJSONParser
from config.interfaces.http.rates import CallerThrottle
from payouts.api.urls import urlpatterns
from sign_in.authentication import ProvenSessionAuthentication
from tests import factories
from tests.payouts.api.requests import PAYOUTS, payout_body

if TYPE_CHECKING:
    from access.models import Organization
    from payouts.api.closed_view import ClosedView
    from payouts.models import Recipient

pytestmark = pytest.mark.django_db

# Each view of the API that names scopes is one that keys may ask.
VIEWS_FOR_CALLERS: list[Any] = [
    view
    for pattern in urlpatterns
    if hasattr(view := getattr(pattern.callback, "view_class", None), "required_scopes")
]
ONLY_ON_THE_LONG_WAY = ["session", "_messages", "allauth"]
WRONG_KEY = f"pk_test_{'0' * 12}_{'0' * 49}"
ASKED = [
    ("get", PAYOUTS, {}),
    ("get", f"{PAYOUTS}?page_size=1", {}),
    ("get", f"{PAYOUTS}?page_size=none", {}),
    ("get", f"{PAYOUTS}?unknown=1", {}),
    ("get", f"{PAYOUTS}1/", {}),
    ("get", f"{PAYOUTS}1/?unknown=1", {}),
    ("get", f"{PAYOUTS}1/events/", {}),
    ("get", "/api/recipients/", {}),
    ("get", "/api/recipients/1/", {}),
    ("head", PAYOUTS, {}),
    ("options", PAYOUTS, {}),
    ("put", PAYOUTS, {}),
    ("delete", PAYOUTS, {}),
    ("delete", f"{PAYOUTS}1/", {}),
    ("get", PAYOUTS, {"Accept": "application/json"}),
    ("get", PAYOUTS, {"Accept": "text/html"}),
    ("get", PAYOUTS, {"Accept": "application/json; indent=2"}),
    ("get", PAYOUTS, {"Authorization": f"Bearer {WRONG_KEY}"}),
    ("get", PAYOUTS, {"Authorization": "Bearer "}),
    ("get", PAYOUTS, {"Host": "evil.test"}),
    ("get", "/api/payouts", {}),
    ("get", "/api/nonesuch/", {}),
    ("post", "/api/rails/sandbox/callbacks/", {}),
    ("get", "/api/schema/", {}),
    ("get", "/api/docs/", {"Accept": "text/html"}),
    ("post", "/api/docs/", {}),
]
BODIES = [
    (b"", "application/json"),
    (b"{}", "application/json"),
    (b"{}", "application/json; charset=utf-8"),
    (b"{}", "application/json; charset=latin-1"),
    (b"{}", "text/plain"),
    (b"a=1", "application/x-www-form-urlencoded"),
    (b"{", "application/json"),
    (b"[]", "application/json"),
    (b'{"amount": NaN}', "application/json"),
    (b'{"unknown": 1}', "application/json"),
    (b'"' + b"x" * 3_000_000 + b'"', "application/json"),
]


@pytest.fixture
def key(organization: Organization) -> str:
    return f"Bearer {factories.make_key(organization, EVERY_SCOPE)}"


def take_the_short_way(client: Client) -> Client:
    return client


def take_the_long_way(client: Client) -> Client:
    """Whoever sends a cookie may be somebody."""
    client.cookies["theme"] = "dark"
    return client


def seen(answer: Any) -> tuple[int, dict[str, str], bytes, str]:
    """All that a client sees, but for how much is left of what it may ask for."""
    headers = {name: value for name, value in answer.headers.items() if name != "RateLimit"}
    return answer.status_code, headers, answer.content, answer.cookies.output()


@pytest.mark.parametrize("is_https", [False, True])
@pytest.mark.parametrize(("method", "path", "headers"), ASKED)
def test_it_makes_no_difference_to_the_answer(
    key: str, settings: Any, method: str, path: str, headers: dict[str, str], *, is_https: bool
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 60
    sent = {"Authorization": key, "X-Request-ID": "the-same-one", **headers}

    short, long = (
        getattr(way(Client()), method)(path, headers=sent, secure=is_https)
        for way in (take_the_short_way, take_the_long_way)
    )

    assert seen(short) == seen(long)


@pytest.mark.parametrize("path", [PAYOUTS, f"{PAYOUTS}1/", f"{PAYOUTS}?unknown=1", "/api/recipients/"])
@pytest.mark.parametrize(("body", "content_type"), BODIES)
def test_it_reads_bodies_alike(key: str, path: str, body: bytes, content_type: str) -> None:
    method = "patch" if path.endswith("1/") else "post"
    sent = {"Authorization": key, "X-Request-ID": "the-same-one"}

    short, long = (
        getattr(way(Client()), method)(path, body, content_type=content_type, headers=sent)
        for way in (take_the_short_way, take_the_long_way)
    )

    assert short.status_code >= 400
    assert seen(short) == seen(long)


@pytest.mark.parametrize("scopes", [[Scope.EVENTS_READ], [Scope.PAYOUTS_READ]])
def test_it_refuses_alike_who_may_not(organization: Organization, scopes: list[Scope]) -> None:
    sent = {
        "Authorization": f"Bearer {factories.make_key(organization, scopes)}",
        "X-Request-ID": "the-same-one",
    }

    short, long = (
        way(Client()).post(PAYOUTS, b"{}", content_type="application/json", headers=sent)
        for way in (take_the_short_way, take_the_long_way)
    )

    assert short.status_code == 403
    assert seen(short) == seen(long)


def test_it_refuses_alike_who_asks_too_often(key: str, settings: Any) -> None:
    settings.API_KEY_RATE = 1
    sent = {"Authorization": key, "X-Request-ID": "the-same-one"}

    _, short, long = (
        way(Client()).get(PAYOUTS, headers=sent)
        for way in (take_the_short_way, take_the_short_way, take_the_long_way)
    )

    assert short.status_code == 429
    assert seen(short) == seen(long)


def test_it_answers_alike_when_something_is_broken(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr("payouts.api.payout_views.get_payout", fail)
    sent = {"Authorization": key, "X-Request-ID": "the-same-one"}

    short, long = (
        way(Client()).get(f"{PAYOUTS}1/", headers=sent) for way in (take_the_short_way, take_the_long_way)
    )

    assert short.status_code == 500
    assert seen(short) == seen(long)


def test_it_makes_no_difference_to_a_payout_that_is_asked_for_again(key: str, recipient: Recipient) -> None:
    body = json.dumps(payout_body(recipient))
    sent = {"Authorization": key, "X-Request-ID": "the-same-one"}

    answers = [
        way(Client()).post(PAYOUTS, body, content_type="application/json", headers=sent)
        for way in (take_the_short_way, take_the_short_way, take_the_long_way)
    ]

    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert seen(answers[1]) == seen(answers[2])


def test_it_leaves_out_what_knows_people(key: str) -> None:
    request = Client().get(PAYOUTS, headers={"Authorization": key}).wsgi_request

    assert [name for name in ONLY_ON_THE_LONG_WAY if hasattr(request, name)] == []


def test_it_lets_nobody_through_whom_a_permission_refuses(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HasRequiredScope, "has_permission", lambda *_: False)

    assert Client().get(PAYOUTS, headers={"Authorization": key}).status_code == 403


@pytest.mark.parametrize("view", VIEWS_FOR_CALLERS)
def test_it_asks_for_what_the_views_ask_for(view: type[ClosedView]) -> None:
    by_key, by_session = view.authentication_classes

    assert by_key is ApiKeyAuthentication
    assert by_session is ProvenSessionAuthentication
    assert view.permission_classes == [HasRequiredScope]
    assert view.throttle_classes == [CallerThrottle]
    assert view.parser_classes == [StrictJSONParser]
    assert view.renderer_classes == [JSONRenderer]


@pytest.mark.parametrize("path", ["/admin/", "/sign-in/", "/health/live/", "/api"])
def test_it_leaves_nothing_out_for_whatever_is_not_for_the_api(key: str, path: str) -> None:
    assert hasattr(Client().get(path, headers={"Authorization": key}).wsgi_request, "session")


@pytest.mark.parametrize("authorization", ["", "Bearer", "bearer x", "Basic eDp5", "Token x"])
def test_it_leaves_nothing_out_for_whoever_may_come_without_a_key(authorization: str) -> None:
    answer = Client().get(PAYOUTS, headers={"Authorization": authorization} if authorization else {})

    assert hasattr(answer.wsgi_request, "session")


def test_it_leaves_nothing_out_for_whoever_has_a_cookie_beside_the_key(key: str) -> None:
    assert hasattr(
        take_the_long_way(Client()).get(PAYOUTS, headers={"Authorization": key}).wsgi_request, "session"
    )
