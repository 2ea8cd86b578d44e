from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from sign_in.tries import tries
from tests.sign_in.people import Person, make_person

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings

    from access.models import Organization


@pytest.fixture(autouse=True)
def _own_counts(settings: Settings) -> Iterator[None]:
    """Wrong tries of this test alone: operators of other tests have the same ids and the same address."""
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": uuid.uuid4().hex}}
    tries.cache_clear()
    yield
    tries.cache_clear()


@pytest.fixture
def ada(organization: Organization) -> Person:
    """A member of Acme's staff, who may look at everything and has no second factor."""
    return make_person("ada", organization)


@pytest.fixture
def browser() -> Client:
    return Client()


@pytest.fixture
def strict(settings: Settings) -> None:
    """As in production: nobody works without a second factor."""
    settings.OPERATORS_NEED_SECOND_FACTOR = True
