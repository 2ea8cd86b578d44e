from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.backends.signals import connection_created

from infrastructure import durability
from infrastructure.durability import ensure_durable, refuse_undurable_databases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings


@pytest.fixture
def _refusing() -> Iterator[None]:
    refuse_undurable_databases()
    yield
    connection_created.disconnect(dispatch_uid="durability")
    durability._ensure_durable_once.cache_clear()


@pytest.mark.django_db
def test_it_refuses_a_server_without_fsync() -> None:
    # The server of the tests runs without, for speed.
    with pytest.raises(ImproperlyConfigured, match="fsync"):
        ensure_durable(connection)


@pytest.mark.django_db
def test_it_takes_a_server_with_everything_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durability, "REQUIRED_ON", ("track_counts",))

    ensure_durable(connection)


@pytest.mark.parametrize("name", durability.REQUIRED_BOUNDS)
@pytest.mark.django_db
def test_it_refuses_a_session_without_the_bounds_that_it_asked_for(
    name: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durability, "REQUIRED_ON", ("track_counts",))
    settings.DATABASE_SESSION_SETTINGS = dict.fromkeys(durability.REQUIRED_BOUNDS, 5_000)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '15s'")
        cursor.execute(f"SET LOCAL {name} = 0")

    with pytest.raises(ImproperlyConfigured, match=f"keeps to no {name}"):
        ensure_durable(connection)


@pytest.mark.django_db
def test_it_lets_a_command_take_its_time(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durability, "REQUIRED_ON", ("track_counts",))
    settings.DATABASE_SESSION_SETTINGS = dict.fromkeys(durability.REQUIRED_BOUNDS, 0)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = 0")

    ensure_durable(connection)


@pytest.mark.parametrize("value", ["off", "local", "remote_write"])
@pytest.mark.django_db
def test_it_refuses_commits_that_do_not_wait_for_the_disk(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durability, "REQUIRED_ON", ("synchronous_commit",))
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('synchronous_commit', %s, true)", [value])

    with pytest.raises(ImproperlyConfigured, match="synchronous_commit"):
        ensure_durable(connection)


@pytest.mark.usefixtures("_refusing")
@pytest.mark.django_db(transaction=True)
def test_it_lets_no_connection_to_such_a_server_be_used() -> None:
    connection.close()
    for _ in range(2):
        with pytest.raises(ImproperlyConfigured):
            connection.cursor()
        connection.close()


@pytest.mark.django_db
def test_it_commits_to_disk_whatever_the_servers_default_is() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT setting, source FROM pg_settings WHERE name = 'synchronous_commit'")
        assert cursor.fetchone() == ("on", "client")
