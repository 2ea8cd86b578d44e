from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.database.own_postgres import OwnPostgres, own_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those who mistreat a server share it, so that one test process takes them all."""
    for item in items:
        if "postgres" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("own_postgres"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[OwnPostgres]:
    """A server that each test leaves running and well."""
    with own_postgres() as server:
        yield server
