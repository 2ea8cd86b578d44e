from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from django.core.cache import caches

from infrastructure import redis_breaker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings


@pytest.fixture(autouse=True)
def _own_pages(
    db: None,  # noqa: ARG001  asks for the database
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    """Cached pages of this test alone: others run beside it, on the same server, with the same ids."""
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": uuid.uuid4().hex}}
    monkeypatch.setattr(redis_breaker, "_breaker", redis_breaker.RedisBreaker())
    yield
    caches.close_all()
