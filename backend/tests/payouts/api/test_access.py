from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pytest
from rest_framework.test import APIClient

from access.repositories import get_or_add_membership, get_or_add_operator
from access.scopes import EVERY_SCOPE, Scope
from tests import factories
from tests.payouts.api.schema import generated_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from rest_framework.response import Response

    from access.models import Operator, Organization

    ApiFor = Callable[[Collection[Scope]], APIClient]


class Endpoint(NamedTuple):
    method: str
    path: str
    scope: Scope


ENDPOINTS = [
    Endpoint("GET", "/api/payouts/", Scope.PAYOUTS_READ),
    Endpoint("HEAD", "/api/payouts/", Scope.PAYOUTS_READ),
    Endpoint("POST", "/api/payouts/", Scope.PAYOUTS_CREATE),
    Endpoint("GET", "/api/payouts/1/", Scope.PAYOUTS_READ),
    Endpoint("HEAD", "/api/payouts/1/", Scope.PAYOUTS_READ),
    Endpoint("PATCH", "/api/payouts/1/", Scope.PAYOUTS_ADMIN),
    Endpoint("DELETE", "/api/payouts/1/", Scope.PAYOUTS_ADMIN),
    Endpoint("GET", "/api/payouts/1/events/", Scope.EVENTS_READ),
    Endpoint("HEAD", "/api/payouts/1/events/", Scope.EVENTS_READ),
    Endpoint("GET", "/api/recipients/", Scope.RECIPIENTS_READ),
    Endpoint("HEAD", "/api/recipients/", Scope.RECIPIENTS_READ),
    Endpoint("POST", "/api/recipients/", Scope.RECIPIENTS_WRITE),
    Endpoint("GET", "/api/recipients/1/", Scope.RECIPIENTS_READ),
    Endpoint("HEAD", "/api/recipients/1/", Scope.RECIPIENTS_READ),
    Endpoint("PATCH", "/api/recipients/1/", Scope.RECIPIENTS_WRITE),
]
BODY = "{"  # not even JSON: who may not write is refused before anything is read


def ask(client: APIClient, endpoint: Endpoint) -> Response:
    response: Response = client.generic(endpoint.method, endpoint.path, BODY, "application/json")
    return response


@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(
    "authorization", [None, "Bearer x", "Bearer", "Bearer \u00ff", "Basic eDp5", "Token x"]
)
def test_it_refuses_the_anonymous(endpoint: Endpoint, authorization: str | None) -> None:
    client = APIClient()
    if authorization:
        client.credentials(HTTP_AUTHORIZATION=authorization)
    response = ask(client, endpoint)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="payouts"'
    assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_it_refuses_a_key_without_the_scope(api_for: ApiFor, endpoint: Endpoint) -> None:
    response = ask(api_for(EVERY_SCOPE - {endpoint.scope}), endpoint)
    assert response.status_code == 403


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_it_lets_a_key_in_that_has_just_the_scope(api_for: ApiFor, endpoint: Endpoint) -> None:
    response = ask(api_for([endpoint.scope]), endpoint)
    assert response.status_code in {200, 400, 404}


def test_it_has_no_other_endpoints() -> None:
    """A new endpoint must come into the table above, or be named here as open on purpose."""
    is_open = {("POST", "/api/rails/{code}/callbacks/")}
    described = {
        (method.upper(), path)
        for path, operations in generated_schema()["paths"].items()
        for method in operations
        if path.startswith("/api/")
    }
    listed = {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS if endpoint.method != "HEAD"}
    closed = {(method, re.sub(r"\{\w+\}", "1", path)) for method, path in described - is_open}
    assert closed == listed


@pytest.fixture
def operator(organization: Organization) -> Operator:
    operator = get_or_add_operator("olena")
    get_or_add_membership(operator=operator, organization=organization)
    return operator


def test_it_lets_an_operator_read(operator: Operator, organization: Organization) -> None:
    payout = factories.make_payout(factories.make_recipient(organization))
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(operator)
    answer = client.get(f"/api/payouts/{payout.pk}/").json()
    assert answer["account_number_snapshot"] == "UA******7890"


def test_it_asks_an_operator_for_the_csrf_token(operator: Operator, organization: Organization) -> None:
    payout = factories.make_payout(factories.make_recipient(organization))
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(operator)
    response = client.patch(f"/api/payouts/{payout.pk}/", {"status": "CANCELED"}, format="json")
    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")


@pytest.mark.parametrize(("is_staff", "status"), [(True, 200), (False, 403)])
def test_it_lets_only_staff_change_a_status(
    operator: Operator, organization: Organization, *, is_staff: bool, status: int
) -> None:
    operator.is_staff = is_staff
    operator.save()
    payout = factories.make_payout(factories.make_recipient(organization))
    client = APIClient()
    client.force_login(operator)
    response = client.patch(f"/api/payouts/{payout.pk}/", {"status": "CANCELED"}, format="json")
    assert response.status_code == status
