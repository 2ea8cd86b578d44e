from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.database.own_postgres import OwnPostgres, own_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def postgres() -> Iterator[OwnPostgres]:
    """A server that each test leaves running and well."""
    with own_postgres() as server:
        yield server
