from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.cache import caches

from config import celery_app
from infrastructure import redis_breaker
from tests.infrastructure.broker import Broker, connect_celery
from tests.infrastructure.own_valkey import own_valkey

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
    monkeypatch.setattr(redis_breaker, "_breaker", redis_breaker.RedisBreaker())
    with own_valkey(home) as server:
        settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": server.cache_url}}
        yield server
        caches.close_all()


@pytest.fixture
def broker(valkey: OwnValkey) -> Iterator[Broker]:
    """Celery publishes there, instead of running each task at once."""
    with connect_celery(celery_app, valkey.broker_url) as connected:
        yield connected
