from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.cache import caches

from config import celery_app
from infrastructure.payouts import cache
from infrastructure.payouts.cache import RedisBreaker
from infrastructure.payouts.rails.sandbox import SandboxRail
from payouts.rails import get_rail
from sandbox_bank.desk import Timings
from sandbox_bank.running import Settings as BankSettings
from sandbox_bank.running import running_bank
from tests.infrastructure.broker import Broker, connect_celery
from tests.infrastructure.own_valkey import own_valkey
from tests.sandbox_bank.bank_client import BankClient, http_client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django import Settings

    from tests.infrastructure.own_valkey import OwnValkey


@pytest.fixture
def valkey(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnValkey]:
    """A Valkey of the test's own, which holds the cache."""
    home = tmp_path / "valkey"
    home.mkdir()
    monkeypatch.setattr(cache, "_breaker", RedisBreaker())
    with own_valkey(home) as server:
        settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": server.cache_url}}
        yield server
        caches.close_all()


@pytest.fixture
def broker(valkey: OwnValkey) -> Iterator[Broker]:
    """Celery publishes there, instead of running each task at once."""
    with connect_celery(celery_app, valkey.broker_url) as connected:
        yield connected


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
