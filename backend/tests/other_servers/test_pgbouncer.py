"""What is promised of each connection, through a pooler that gives every transaction another one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection as tests_connection
from psycopg.pq import TransactionStatus

from database.postgresql import driver
from database.postgresql.base import DatabaseWrapper
from infrastructure.durability import REQUIRED_BOUNDS, ensure_durable
from tests.other_servers.conftest import set_role

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from pytest_django import DjangoDbBlocker, Settings

    from database.postgresql.connection import BoundedConnection
    from tests.other_servers.own_pgbouncer import OwnPgBouncer

NAMES = ("statement_timeout", "synchronous_commit")
AS_THE_WEB = dict.fromkeys(REQUIRED_BOUNDS, 5_000)


def connect(
    pgbouncer: OwnPgBouncer, **transaction_settings: object
) -> AbstractContextManager[BoundedConnection]:
    return driver.connect(conninfo=pgbouncer.url, transaction_settings=transaction_settings)


def seen_by(connection: BoundedConnection) -> tuple[str, ...]:
    query = "SELECT " + ", ".join(f"current_setting('{name}')" for name in NAMES)
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return tuple(row)


@pytest.fixture
def django_connection(
    pgbouncer: OwnPgBouncer, django_db_blocker: DjangoDbBlocker
) -> Iterator[DatabaseWrapper]:
    """As production makes them; not to the database that most tests share."""
    address = psycopg.conninfo.conninfo_to_dict(pgbouncer.url)
    place = {
        "HOST": address["host"],
        "PORT": address["port"],
        "NAME": address["dbname"],
        "USER": address["user"],
        "PASSWORD": address["password"],
    }
    options = {"server_side_binding": True, "transaction_settings": {"statement_timeout": 5_000}}
    wrapper = DatabaseWrapper(
        {**tests_connection.settings_dict, **place, "OPTIONS": options}, alias="default"
    )
    with django_db_blocker.unblock():
        yield wrapper
        wrapper.close()


def test_it_gives_each_transaction_what_its_process_asks_for(pgbouncer: OwnPgBouncer) -> None:
    with (
        connect(pgbouncer, statement_timeout=5_000, synchronous_commit="on") as web,
        connect(pgbouncer, statement_timeout=0, synchronous_commit="off") as command,
    ):
        for _ in range(3):
            assert seen_by(web) == ("5s", "on")
            web.commit()
            assert seen_by(command) == ("0", "off")
            command.commit()
            with web.transaction():
                assert seen_by(web) == ("5s", "on")


def test_it_leaves_nothing_behind_for_single_statements(pgbouncer: OwnPgBouncer) -> None:
    with connect(pgbouncer, statement_timeout=0, synchronous_commit="off") as connection:
        assert seen_by(connection) == ("0", "off")
        connection.rollback()
        connection.autocommit = True

        assert seen_by(connection) == ("15s", "on")


def test_it_is_told_when_nobody_has_said_that_there_is_a_pooler(pgbouncer: OwnPgBouncer) -> None:
    with pytest.raises(psycopg.OperationalError, match="unsupported startup parameter"):
        driver.connect(conninfo=pgbouncer.url, options="-c synchronous_commit=on")


def test_it_takes_a_server_whose_role_is_set_as_documented(
    django_connection: DatabaseWrapper, settings: Settings
) -> None:
    settings.DATABASE_SESSION_SETTINGS = AS_THE_WEB

    ensure_durable(django_connection)


@pytest.mark.parametrize(
    ("name", "value"), [("synchronous_commit", "off"), ("statement_timeout", "0"), ("lock_timeout", "0")]
)
def test_it_refuses_a_role_that_is_not(
    name: str,
    value: str,
    pgbouncer: OwnPgBouncer,
    database_url: str,
    django_connection: DatabaseWrapper,
    settings: Settings,
) -> None:
    settings.DATABASE_SESSION_SETTINGS = AS_THE_WEB
    with psycopg.connect(database_url, autocommit=True) as server:
        server.execute(f"ALTER ROLE payouts SET {name} = '{value}'".encode())
    try:
        start_again(pgbouncer)
        with pytest.raises(ImproperlyConfigured, match=name):
            ensure_durable(django_connection)
    finally:
        set_role(database_url)
        start_again(pgbouncer)


def start_again(pgbouncer: OwnPgBouncer) -> None:
    """Its connections are those of the role as it is now."""
    pgbouncer.kill()
    pgbouncer.start()


def test_it_begins_no_transaction_without_its_settings(pgbouncer: OwnPgBouncer) -> None:
    with connect(pgbouncer, no_such_setting=1) as connection:
        with pytest.raises(psycopg.errors.UndefinedObject):
            connection.execute("SELECT 1")
        connection.rollback()
        assert connection.info.transaction_status is TransactionStatus.IDLE
