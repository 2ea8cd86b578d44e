from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from access.scopes import EVERY_SCOPE
from tests import factories
from tests.payouts.api.requests import PAYOUTS, payout_body

if TYPE_CHECKING:
    from access.models import Organization
    from payouts.models import Recipient

pytestmark = pytest.mark.django_db

GONE_AROUND = ["session", "_messages", "allauth", "csrf_processing_done"]
WRONG_KEY = "pk_test_0000000000000000_0000000000000000000000000000000000000000000_000000"
ASKED = [
    ("get", PAYOUTS, {}),
    ("get", f"{PAYOUTS}?page_size=1", {}),
    ("head", PAYOUTS, {}),
    ("options", PAYOUTS, {}),
    ("delete", PAYOUTS, {}),
    ("get", f"{PAYOUTS}1/", {}),
    ("get", f"{PAYOUTS}?unknown=1", {}),
    ("post", PAYOUTS, {}),
    ("get", PAYOUTS, {"Accept": "text/html"}),
    ("get", PAYOUTS, {"Accept": "application/json; indent=2"}),
    ("get", PAYOUTS, {"Authorization": f"Bearer {WRONG_KEY}"}),
    ("get", PAYOUTS, {"Authorization": "Bearer "}),
    ("get", PAYOUTS, {"Host": "evil.test"}),
    ("get", "/api/nonesuch/", {}),
    ("post", "/api/rails/sandbox/callbacks/", {}),
    ("get", "/api/schema/", {}),
    ("get", "/api/docs/", {"Accept": "text/html"}),
    ("post", "/api/docs/", {}),
]


@pytest.fixture
def key(organization: Organization) -> str:
    return f"Bearer {factories.make_key(organization, EVERY_SCOPE)}"


def go_around(client: Client) -> Client:
    return client


def go_through(client: Client) -> Client:
    """What knows people looks for what it knows in any cookie."""
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
        getattr(way(Client()), method)(path, headers=sent, secure=is_https) for way in (go_around, go_through)
    )

    assert seen(short) == seen(long)


def test_it_makes_no_difference_to_a_payout_that_is_asked_for_again(key: str, recipient: Recipient) -> None:
    body = json.dumps(payout_body(recipient))
    sent = {"Authorization": key, "X-Request-ID": "the-same-one"}

    answers = [
        way(Client()).post(PAYOUTS, body, content_type="application/json", headers=sent)
        for way in (go_around, go_around, go_through)
    ]

    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert seen(answers[1]) == seen(answers[2])


def test_it_goes_around_what_knows_people(key: str) -> None:
    request = Client().get(PAYOUTS, headers={"Authorization": key}).wsgi_request

    assert [name for name in GONE_AROUND if hasattr(request, name)] == []


@pytest.mark.parametrize("path", ["/admin/", "/sign-in/", "/health/live/", "/api"])
def test_it_goes_through_with_whatever_is_not_for_the_api(key: str, path: str) -> None:
    assert hasattr(Client().get(path, headers={"Authorization": key}).wsgi_request, "session")


@pytest.mark.parametrize("authorization", ["", "Bearer", "bearer x", "Basic eDp5", "Token x"])
def test_it_goes_through_with_whoever_may_come_without_a_key(authorization: str) -> None:
    answer = Client().get(PAYOUTS, headers={"Authorization": authorization} if authorization else {})

    assert hasattr(answer.wsgi_request, "session")


def test_it_goes_through_with_whoever_has_a_cookie_beside_the_key(key: str) -> None:
    assert hasattr(go_through(Client()).get(PAYOUTS, headers={"Authorization": key}).wsgi_request, "session")
