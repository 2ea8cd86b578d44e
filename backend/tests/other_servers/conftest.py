from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from cli.embedded.postgres import EmbeddedPostgres
from tests.other_servers.own_pgbouncer import OwnPgBouncer, documented, own_pgbouncer
from tests.other_servers.own_rabbitmq import OwnRabbitMQ, own_rabbitmq
from tests.servers import home_for_servers

if TYPE_CHECKING:
    from collections.abc import Iterator

# So few that processes must share them.
POOL_SIZE = 4


@pytest.fixture(scope="session")
def rabbitmq() -> Iterator[OwnRabbitMQ]:
    """A broker that each test leaves running and well."""
    with home_for_servers() as home, own_rabbitmq(home) as server:
        yield server


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """The address of a PostgreSQL that keeps what it commits, past every pooler."""
    with home_for_servers() as home:
        server = EmbeddedPostgres(home=home)
        url = server.start()
        try:
            set_role(url)
            yield url
        finally:
            server.stop()


@pytest.fixture(scope="session")
def pgbouncer(database_url: str) -> Iterator[OwnPgBouncer]:
    """A pooler that each test leaves running and well."""
    with (
        home_for_servers() as home,
        own_pgbouncer(home, database_url=database_url, pool_size=POOL_SIZE) as server,
    ):
        yield server


def set_role(database_url: str) -> None:
    """As the documentation says."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        for statement in documented("sql").splitlines():
            connection.execute(statement.encode())
