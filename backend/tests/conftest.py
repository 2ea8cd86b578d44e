from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rest_framework.test import APIClient

from access.scopes import EVERY_SCOPE, Scope
from core.request_context import request_id
from tests import factories

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from access.caller import Caller
    from access.models import Organization
    from payouts.models import Recipient


@pytest.fixture(autouse=True)
def _fresh_request_context() -> Iterator[None]:
    token = request_id.set("")
    yield
    request_id.reset(token)


@pytest.fixture
def organization(db: None) -> Organization:  # noqa: ARG001  asks for the database
    return factories.make_organization("Acme")


@pytest.fixture
def other_organization(db: None) -> Organization:  # noqa: ARG001  asks for the database
    return factories.make_organization("Globex")


@pytest.fixture
def caller(organization: Organization) -> Caller:
    return factories.make_caller(organization)


@pytest.fixture
def recipient(organization: Organization) -> Recipient:
    return factories.make_recipient(organization)


@pytest.fixture
def api_for(organization: Organization) -> Callable[[Collection[Scope]], APIClient]:
    """Makes a client with a key of the organization that has the scopes."""

    def make(scopes: Collection[Scope]) -> APIClient:
        key = factories.make_key(organization, scopes)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
        return client

    return make


@pytest.fixture
def api(api_for: Callable[[Collection[Scope]], APIClient]) -> APIClient:
    return api_for(EVERY_SCOPE)
