from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import DisallowedHost, PermissionDenied, RequestDataTooBig, TooManyFieldsSent
from django.db import DataError, InterfaceError, OperationalError, connection, transaction
from django.http import Http404, UnreadablePostError
from django.test import Client as DjangoClient
from django.test import override_settings
from rest_framework.exceptions import (
    APIException,
    AuthenticationFailed,
    MethodNotAllowed,
    NotAcceptable,
    NotAuthenticated,
    ParseError,
    Throttled,
    UnsupportedMediaType,
    ValidationError,
)

from config.interfaces.http.problems import answer_exception, problem_of
from core.exceptions import (
    Conflict,
    FieldProblem,
    Forbidden,
    Invalid,
    NotFound,
    Refusal,
    Unauthenticated,
    Unprocessable,
)
from core.request_context import request_id

if TYPE_CHECKING:
    from django.test import Client


def answer(exception: Exception) -> tuple[Any, Any]:
    response = answer_exception(exception, {})
    return response, json.loads(response.content)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (Invalid, 400),
        (Unauthenticated, 401),
        (Forbidden, 403),
        (NotFound, 404),
        (Conflict, 409),
        (Unprocessable, 422),
    ],
)
def test_it_gives_every_kind_of_refusal_its_status(kind: type[Refusal], status: int) -> None:
    refusal_class = type("KeyReused", (kind,), {"code": "key_reused", "title": "The key is taken"})
    request_id.set("request-0001")
    response, body = answer(
        refusal_class("Taken.", problems=(FieldProblem("amount", "differs", "Differs."),))
    )
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert body == {
        "type": "/problems/key-reused",
        "title": "The key is taken",
        "status": status,
        "detail": "Taken.",
        "code": "key_reused",
        "errors": [{"field": "amount", "code": "differs", "detail": "Differs."}],
        "request_id": "request-0001",
    }


def test_it_has_a_status_for_every_kind() -> None:
    for kind in Refusal.__subclasses__():
        refusal_class = type("Some", (kind,), {"code": "some", "title": "Some"})
        assert problem_of(refusal_class("x")).status < 500


def test_it_challenges_with_every_401() -> None:
    refusal_class = type("Forged", (Unauthenticated,), {"code": "forged", "title": "Forged"})
    assert "WWW-Authenticate" in answer(refusal_class("x"))[0]


@pytest.mark.parametrize(
    ("exception", "status", "code"),
    [
        (NotAuthenticated(), 401, "not_authenticated"),
        (AuthenticationFailed("The API key is not valid."), 401, "authentication_failed"),
        (PermissionDenied(), 403, "permission_denied"),
        (Http404(), 404, "not_found"),
        (MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (NotAcceptable(), 406, "not_acceptable"),
        (RequestDataTooBig(), 413, "request_too_large"),
        (UnsupportedMediaType("text/plain"), 415, "unsupported_media_type"),
        (Throttled(3), 429, "throttled"),
        (ParseError(), 400, "parse_error"),
        (TooManyFieldsSent(), 400, "bad_request"),
        (DisallowedHost(), 400, "bad_request"),
        (UnreadablePostError(), 400, "bad_request"),
        (DataError(), 400, "unstorable"),
        (OperationalError(), 503, "database_unavailable"),
        (InterfaceError(), 503, "database_unavailable"),
        (APIException(), 500, "error"),
        (ZeroDivisionError("secret"), 500, "internal_error"),
    ],
)
def test_it_answers_what_the_frameworks_raise(exception: Exception, status: int, code: str) -> None:
    response, body = answer(exception)
    assert response.status_code == body["status"] == status
    assert body["code"] == code
    assert "secret" not in response.content.decode()


def test_it_says_when_to_come_again() -> None:
    assert answer(Throttled(2.2))[0]["Retry-After"] == "3"
    assert int(answer(Throttled())[0]["Retry-After"]) > 0
    assert int(answer(OperationalError())[0]["Retry-After"]) > 0


def test_it_flattens_nested_errors() -> None:
    nested: dict[str, Any] = {
        "metadata": {"order": ["Too long."]},
        "": ["Empty."],
        "tags": [{"x": ["Bad."]}],
    }
    body = answer(ValidationError(nested))[1]
    assert [(error["field"], error["detail"]) for error in body["errors"]] == [
        ("metadata.order", "Too long."),
        ("", "Empty."),
        ("tags.x", "Bad."),
    ]
    assert body["detail"] == "metadata.order: Too long. Empty. tags.x: Bad."


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("statement", "status"),
    [("SELECT pg_sleep(5)", 503), ("SELECT 'x'::int", 400), ("SELECT no_such_thing", 500)],
)
def test_it_knows_what_postgresql_raises(statement: str, status: int) -> None:
    with pytest.raises(Exception) as raised, transaction.atomic(), connection.cursor() as cursor:  # noqa: PT011, PT012  the kind is what is tested
        cursor.execute("SET LOCAL statement_timeout = '20ms'")
        cursor.execute(statement)
    assert problem_of(raised.value).status == status


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize(
    "path", ["/api/nonesuch/", "/api/payouts", "/api/", "/health/x/", "/api/\x00", "/api/%ff/"]
)
def test_it_answers_unknown_addresses_with_a_problem(client: Client, path: str, *, debug: bool) -> None:
    with override_settings(DEBUG=debug):
        response = client.get(path)
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "not_found"
    assert response.json()["request_id"] == response["X-Request-ID"]


@pytest.mark.parametrize("path", ["/nonesuch/", "//api/payouts/", "/API/payouts/", "/api", "/"])
def test_it_answers_with_a_problem_whoever_asks_for_no_page(client: Client, path: str) -> None:
    response = client.get(path, headers={"Accept": "*/*"})
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/api/nonesuch/", "/api/payouts", "/api/rails/1.5/callbacks/"])
def test_it_answers_writes_to_unknown_addresses_alike(path: str) -> None:
    response = DjangoClient(enforce_csrf_checks=True).post(path, b"{}", content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_it_shows_people_a_page(client: Client) -> None:
    response = client.get("/nonesuch/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert response.status_code == 404
    assert response["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("path", "content_type"), [("/api/payouts/", "application/problem+json"), ("/admin/login/", "text/html")]
)
def test_it_refuses_a_foreign_host(client: Client, path: str, content_type: str) -> None:
    response = client.get(path, headers={"Host": "evil.example"})
    assert response.status_code == 400
    assert response["Content-Type"].startswith(content_type)
