from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.cache import caches
from django.db import connections
from rest_framework.test import APIClient
from structlog.testing import capture_logs

from access.scopes import EVERY_SCOPE, Scope
from config.settings.logs import add_present_work
from core.log_context import forget_what_it_was_about
from core.request_context import request_id
from infrastructure.payouts.rails.sandbox import SandboxRail
from payouts.rails import get_rail
from sandbox_bank.desk import Timings
from sandbox_bank.running import Settings as BankSettings
from sandbox_bank.running import running_bank
from tests import factories
from tests.sandbox_bank.bank_client import BankClient, http_client

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from pytest_django import Settings
    from structlog.typing import EventDict

    from access.caller import Caller
    from access.models import Organization
    from payouts.models import Recipient

# Where nobody listens.
CLOSED_PORT = "1"


@pytest.fixture(autouse=True)
def _fresh_request_context() -> Iterator[None]:
    token = request_id.set("")
    forget_what_it_was_about()
    yield
    request_id.reset(token)


@pytest.fixture
def log_lines() -> Iterator[list[EventDict]]:
    """What is logged, each line with what the work is about."""
    with capture_logs([add_present_work]) as lines:
        yield lines


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


@pytest.fixture
def bank(tmp_path: Path, settings: Settings) -> Iterator[BankClient]:
    """A running bank; the sandbox rail is pointed to it."""
    timings = Timings(delay_seconds=0.2, hang_seconds=1.6)
    with running_bank(BankSettings("127.0.0.1", 0, tmp_path / "bank.sqlite", timings)) as url:
        settings.SANDBOX_BANK_URL = url
        settings.SANDBOX_RAIL_DEADLINE_SECONDS = 1.0
        get_rail.cache_clear()
        with http_client(url) as http:
            yield BankClient(http)
    get_rail.cache_clear()


@pytest.fixture
def rail(bank: BankClient) -> Iterator[SandboxRail]:  # noqa: ARG001  asks for the bank it talks to
    sandbox = get_rail("sandbox")
    assert isinstance(sandbox, SandboxRail)
    yield sandbox
    sandbox.close()


@pytest.fixture
def _no_redis(settings: Settings) -> Iterator[None]:
    settings.CACHES = {
        "default": {**settings.CACHES["default"], "LOCATION": f"redis://127.0.0.1:{CLOSED_PORT}"}
    }
    yield
    caches.close_all()


@pytest.fixture
def _no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    # New connections, which the probe's own thread makes, go to where nobody listens.
    monkeypatch.setitem(connections.settings["default"], "HOST", "127.0.0.1")
    monkeypatch.setitem(connections.settings["default"], "PORT", CLOSED_PORT)
