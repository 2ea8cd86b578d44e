from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from access.api_key_token import ApiKeyToken
from access.application.revoke_api_key import revoke_api_key
from access.environment import Environment
from access.models import ApiKey, Organization
from access.scopes import EVERY_SCOPE, Scope
from tests.factories import NOON, make_key, make_payout, make_recipient

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from rest_framework.response import _MonkeyPatchedResponse

    from payouts.models import Recipient

LIST = "/api/payouts/"


def as_a_server_tells_it(header: str) -> str:
    """Each byte that has come as one character (PEP 3333)."""
    return header.encode().decode("latin-1")


def ask(authorization: str | None, path: str = LIST) -> _MonkeyPatchedResponse:
    client = APIClient()
    if authorization is not None:
        client.credentials(HTTP_AUTHORIZATION=authorization)
    return client.get(path)


@pytest.fixture
def key(organization: Organization) -> str:
    return make_key(organization, {Scope.PAYOUTS_READ})


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer "])
def test_it_lets_in_who_has_a_living_key(key: str, scheme: str) -> None:
    assert ask(f"{scheme} {key}").status_code == 200


def test_it_shows_a_key_what_is_its_organizations_and_nothing_else(
    key: str, recipient: Recipient, other_organization: Organization
) -> None:
    mine, theirs = make_payout(recipient), make_payout(make_recipient(other_organization))

    assert ask(f"Bearer {key}", f"{LIST}{mine.pk}/").status_code == 200
    assert ask(f"Bearer {key}", f"{LIST}{theirs.pk}/").status_code == 404


@pytest.mark.parametrize(
    "authorization", [None, "", "Basic dXNlcjpwYXNz", "Token {key}", "{key}", "Bearer{key}"]
)
def test_it_asks_for_a_key_who_brings_none(key: str, authorization: str | None) -> None:
    answer = ask(authorization and authorization.format(key=key))

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="payouts"'
    assert answer.json()["code"] == "not_authenticated"


def with_wrong_secret(key: str) -> str:
    token = ApiKeyToken.parse(key)
    assert token is not None
    return ApiKeyToken(token.environment, token.public_id, "s" * 43).reveal()


def with_other_environment(key: str) -> str:
    token = ApiKeyToken.parse(key)
    assert token is not None
    return ApiKeyToken(Environment.LIVE, token.public_id, token.secret).reveal()


def with_wrong_checksum(key: str) -> str:
    return key[:-1] + ("1" if key[-1] == "0" else "0")


def of_nobody(_key: str) -> str:
    return ApiKeyToken.generate(Environment.TEST).reveal()


def revoked(key: str) -> str:
    token = ApiKeyToken.parse(key)
    assert token is not None
    revoke_api_key(public_id=token.public_id, actor="shell", now=NOON)
    return key


@pytest.mark.parametrize(
    "spoil",
    [
        with_wrong_secret, with_other_environment, with_wrong_checksum, of_nobody, revoked,
        lambda _: "", lambda key: f"{key} {key}", lambda key: f"{key}\xff", lambda _: "pk_test_ключ",
    ],
    ids=["secret", "environment", "checksum", "nobody", "revoked", "empty", "twice", "latin-1", "utf-8"],
)  # fmt: skip
def test_it_gives_one_answer_to_every_key_that_does_not_live(key: str, spoil: Callable[[str], str]) -> None:
    answer = ask(as_a_server_tells_it(f"Bearer {spoil(key)}"))

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="payouts"'
    assert (answer.json()["code"], answer.json()["detail"]) == (
        "authentication_failed",
        "The API key is not valid.",
    )


def test_it_refuses_a_key_from_the_request_after_its_revocation(key: str) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    assert client.get(LIST).status_code == 200

    revoked(key)

    assert client.get(LIST).status_code == 401


def test_it_lets_a_second_key_take_over_without_a_gap(organization: Organization, key: str) -> None:
    successor = make_key(organization, {Scope.PAYOUTS_READ})
    assert ask(f"Bearer {key}").status_code == ask(f"Bearer {successor}").status_code == 200

    revoked(key)

    assert ask(f"Bearer {successor}").status_code == 200


def test_it_takes_no_stored_hash_for_a_key(key: str) -> None:
    stored = ApiKey.objects.get()
    token = ApiKeyToken.parse(key)
    assert token is not None
    forged = ApiKeyToken(Environment.TEST, stored.public_id, stored.secret_hash[:43])

    assert ask(f"Bearer {forged.reveal()}").status_code == 401
    assert stored.secret_hash == token.keyed_hash(settings.API_KEY_HASH_KEY)


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("get", "/api/payouts/", Scope.PAYOUTS_READ),
        ("post", "/api/payouts/", Scope.PAYOUTS_CREATE),
        ("get", "/api/payouts/1/", Scope.PAYOUTS_READ),
        ("patch", "/api/payouts/1/", Scope.PAYOUTS_ADMIN),
        ("delete", "/api/payouts/1/", Scope.PAYOUTS_ADMIN),
        ("get", "/api/payouts/1/events/", Scope.EVENTS_READ),
        ("get", "/api/recipients/", Scope.RECIPIENTS_READ),
        ("post", "/api/recipients/", Scope.RECIPIENTS_WRITE),
        ("patch", "/api/recipients/1/", Scope.RECIPIENTS_WRITE),
    ],
)
def test_it_needs_the_scope_that_the_method_names(
    api_for: Callable[[Collection[Scope]], APIClient], method: str, path: str, needed: Scope
) -> None:
    every_other, only_this = EVERY_SCOPE - {needed}, {needed}
    refused = api_for(every_other).generic(method.upper(), path, "{}", "application/json")
    let_in = api_for(only_this).generic(method.upper(), path, "{}", "application/json")

    assert refused.status_code == 403
    assert (refused.json()["code"], refused.json()["detail"]) == (
        "scope_missing", f"This needs the scope {needed.value}.",
    )  # fmt: skip
    assert let_in.status_code not in {401, 403, 500}
