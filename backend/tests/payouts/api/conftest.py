from __future__ import annotations

import pytest

# Every test here asks the service over HTTP, and finds no page that another test left in the cache.
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_pages(db: None, empty_cache: None) -> None:
    """A database, and no cached page that another test left."""
