from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from django.core.cache import caches

from infrastructure import redis_breaker
from tests.console.cast import Records, make_operator, make_records, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client
    from pytest_django import Settings


@pytest.fixture
def acme(db: None) -> Records:  # noqa: ARG001  asks for the database
    return make_records("Acme")


@pytest.fixture
def globex(db: None) -> Records:  # noqa: ARG001  asks for the database
    return make_records("Globex")


@pytest.fixture
def superuser(db: None) -> Client:  # noqa: ARG001  asks for the database
    return sign_in(make_operator("root", superuser=True))


@pytest.fixture
def member(acme: Records) -> Client:
    """Works for Acme, and has every permission that Django knows."""
    return sign_in(make_operator("mary", acme.organization))


@pytest.fixture
def reader(acme: Records) -> Client:
    """Works for Acme, and may look at everything."""
    return sign_in(make_operator("rita", acme.organization, permissions="view_"))


@pytest.fixture
def outsider(db: None) -> Client:  # noqa: ARG001  asks for the database
    """Works for nobody, and has every permission that Django knows."""
    return sign_in(make_operator("oscar"))


@pytest.fixture
def own_cache(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A cache of this test alone: others run beside it, on the same server, with the same ids."""
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": uuid.uuid4().hex}}
    monkeypatch.setattr(redis_breaker, "_breaker", redis_breaker.RedisBreaker())
    yield
    caches.close_all()
