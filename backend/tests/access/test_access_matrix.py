"""Every endpoint and method, asked by every kind of key: who gets how far, and that the refused change nothing."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import unwrap
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection, transaction
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from access.scopes import Scope
from config.interfaces.http.error_views import answer_not_found
from tests.access.keyring import Bearer, known_bearers, refused_bearers
from tests.factories import make_payout, make_recipient
from tests.payouts.api.schema import generated_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from access.models import Organization

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
UNSIGNED = 401


@dataclass(frozen=True)
class Closed:
    """Needs the scope; then what is asked for ends so: for the organization's own key, and for another's."""

    scope: Scope
    own: int
    others: int


# By the route. A method that is not named is a 405 for whoever is known, and OPTIONS is answered.
CLOSED: dict[str, dict[str, Closed]] = {
    "api/payouts/": {
        "GET": Closed(Scope.PAYOUTS_READ, 200, 200),
        "POST": Closed(Scope.PAYOUTS_CREATE, 201, 404),
    },
    "api/payouts/<str:payout_id>/": {
        "GET": Closed(Scope.PAYOUTS_READ, 200, 404),
        "PATCH": Closed(Scope.PAYOUTS_ADMIN, 200, 404),
        "DELETE": Closed(Scope.PAYOUTS_ADMIN, 204, 404),
    },
    "api/payouts/<str:payout_id>/events/": {"GET": Closed(Scope.EVENTS_READ, 200, 404)},
    "api/recipients/": {
        "GET": Closed(Scope.RECIPIENTS_READ, 200, 200),
        "POST": Closed(Scope.RECIPIENTS_WRITE, 201, 201),
    },
    "api/recipients/<str:recipient_id>/": {
        "GET": Closed(Scope.RECIPIENTS_READ, 200, 404),
        "PATCH": Closed(Scope.RECIPIENTS_WRITE, 200, 404),
    },
}
# Open to all on purpose: what each answers, whoever asks.
OPEN: dict[str, dict[str, int]] = {
    "health/": {"GET": 200},
    "health/live/": {"GET": 200},
    "health/ready/": {"GET": 200},
    "api/schema/": {"GET": 200},
    "api/docs/": {"GET": 200},
    "api/rails/<slug:code>/callbacks/": {"POST": UNSIGNED},
}


@dataclass(frozen=True)
class Target:
    """What the requests are about: a payout and a recipient of the one organization."""

    payout_id: int
    recipient_id: int

    def path(self, route: str) -> str:
        values = {"payout_id": self.payout_id, "recipient_id": self.recipient_id, "code": "sandbox"}
        return "/" + re.sub(r"<\w+:(\w+)>", lambda match: str(values[match[1]]), route)

    def body(self, route: str, method: str) -> dict[str, Any]:
        match route, method:
            case "api/payouts/", "POST":
                order = {"amount": "10.00", "currency": "USD", "idempotency_key": "matrix-key-1"}
                return {"recipient_id": self.recipient_id, **order}
            case "api/payouts/<str:payout_id>/", "PATCH":
                return {"status": "CANCELED", "reason": "a mistake"}
            case "api/recipients/", "POST":
                return {"type": "INDIVIDUAL", "name": "Jane Roe", "account_number": "UA12345678"}
            case "api/recipients/<str:recipient_id>/", "PATCH":
                return {"name": "Jane Roe"}
        return {}


def expected(route: str, method: str, bearer: Bearer) -> int:
    asked = "GET" if method == "HEAD" else method
    if route in OPEN:
        answers_options = asked == "OPTIONS" and route != "api/docs/"
        return OPEN[route].get(asked, 200 if answers_options else 405)
    if not bearer.is_known:
        return 401
    door = CLOSED[route].get(asked)
    if door is None:
        return 200 if asked == "OPTIONS" else 405
    if door.scope not in bearer.scopes:
        return 403
    return door.own if bearer.is_ours else door.others


@pytest.fixture
def target(organization: Organization) -> Target:
    recipient = make_recipient(organization)
    return Target(make_payout(recipient).pk, recipient.pk)


@pytest.mark.no_cover  # others run these lines; here they run very often
def test_it_answers_every_cell_as_expected(
    organization: Organization, other_organization: Organization, target: Target
) -> None:
    bearers = [*refused_bearers(organization), *known_bearers(organization, other_organization)]
    cells = [
        (route, method, bearer) for route in [*CLOSED, *OPEN] for method in METHODS for bearer in bearers
    ]

    wrong = [found for cell in cells if (found := judge(target, *cell))]

    assert not wrong
    assert len(cells) == len(METHODS) * (len(CLOSED) + len(OPEN)) * len(bearers) == 2079


def judge(target: Target, route: str, method: str, bearer: Bearer) -> str:
    """What is wrong about the cell, if anything."""
    should_be = expected(route, method, bearer)
    with transaction.atomic(), written() as writes:
        status = ask(target, route, method, bearer)
        transaction.set_rollback(True)
    name = f"{method} {route} with {bearer.name}"
    if status != should_be:
        return f"{name}: {status} instead of {should_be}"
    return f"{name}: refused, but {writes}" if should_be >= 400 and writes else ""


def ask(target: Target, route: str, method: str, bearer: Bearer) -> int:
    client = APIClient()
    if bearer.text is not None:
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {bearer.text}")
    body = target.body(route, method)
    status: int = getattr(client, method.lower())(target.path(route), body, format="json").status_code
    return status


@contextmanager
def written() -> Iterator[list[str]]:
    """The statements that change something."""
    writes: list[str] = []

    def look(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001  the signature
        if re.search(
            r"\b(INSERT|UPDATE|DELETE|TRUNCATE|MERGE)\b(?! OF)", sql.replace("FOR NO KEY UPDATE", "")
        ):
            writes.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(look):
        yield writes


def test_it_has_a_row_for_every_address_and_method() -> None:
    rows = {**{route: set(doors) for route, doors in CLOSED.items()}, **{r: set(d) for r, d in OPEN.items()}}
    assert implemented() == rows


def implemented() -> dict[str, set[str]]:
    """What the addresses of the API and of health lead to, and which methods they take."""
    return {
        route: {method for method in METHODS if hasattr(view, method.lower())} - {"HEAD", "OPTIONS"}
        for route, view in views()
        if route.startswith(("api/", "health/"))
    }


def views(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, Any]]:
    for entry in (resolver or get_resolver()).url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from () if route.startswith(("admin/", "sign-in/")) else views(entry, route)
        elif route == "metrics":
            continue  # has a token of its own, and is no part of the API: tests/config/http/test_metrics.py
        elif isinstance(entry, URLPattern) and unwrap(entry.callback) is not answer_not_found:
            callback: Any = entry.callback
            yield route, callback.view_class


def test_it_has_a_row_for_everything_that_is_documented() -> None:
    documented = {
        (re.sub(r"\{\w+\}", "{}", path).lstrip("/"), method.upper())
        for path, operations in generated_schema()["paths"].items()
        for method in operations
    }
    rows = {(route, method) for table in (CLOSED, OPEN) for route, doors in table.items() for method in doors}
    undocumented = {("api/schema/", "GET"), ("api/docs/", "GET")}
    assert documented == {(re.sub(r"<[\w:]+>", "{}", route), method) for route, method in rows} - undocumented
