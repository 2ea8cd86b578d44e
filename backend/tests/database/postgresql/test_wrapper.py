from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, OperationalError, connection, connections
from django.db.backends.signals import connection_created

from database.postgresql import base
from database.postgresql.base import DatabaseWrapper
from database.postgresql.connection import NoAnswer
from database.postgresql.sharing import PAUSE_SECONDS, SharedConnections

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TypeAlias

    from tests.database.own_postgres import OwnPostgres

    MakeWrapper: TypeAlias = Callable[..., DatabaseWrapper]

pytestmark = pytest.mark.django_db(transaction=True)  # only for the permission to connect


@pytest.fixture
def make_wrapper(postgres: OwnPostgres, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeWrapper]:
    """Makes what each thread of a process has: a wrapper, with these OPTIONS beside the usual ones."""
    shared = SharedConnections()
    monkeypatch.setattr(base, "shared_connections", shared)
    address = urlsplit(postgres.url)
    made = []

    def make(**options: object) -> DatabaseWrapper:
        server = {"HOST": address.hostname, "PORT": address.port, "NAME": address.path.removeprefix("/")}
        login = {"USER": address.username, "PASSWORD": unquote(address.password or "")}
        usual = connection.settings_dict["OPTIONS"] | {"answer_timeout_seconds": 0.5}
        settings = connections.settings["default"] | server | login | {"OPTIONS": usual | options}
        made.append(DatabaseWrapper(settings, alias="default"))
        return made[-1]

    yield make
    for wrapper in filter(lambda one: one.connection, made):
        wrapper.close()
    shared.close()


def backend_pid(wrapper: DatabaseWrapper) -> int:
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@contextmanager
def refusing_every_connection() -> Iterator[None]:
    def refuse(**_signal: object) -> None:
        raise ImproperlyConfigured("not this one")

    connection_created.connect(refuse)
    yield
    connection_created.disconnect(refuse)


def test_it_shares_connections_between_threads(make_wrapper: MakeWrapper) -> None:
    def serve_request() -> int:
        wrapper = make_wrapper(shares_connections=True)
        pid = backend_pid(wrapper)
        wrapper.close()
        return pid

    with ThreadPoolExecutor(max_workers=1) as first, ThreadPoolExecutor(max_workers=1) as second:
        assert first.submit(serve_request).result() == second.submit(serve_request).result()


def test_it_goes_on_with_a_resting_connection_as_after_a_new_one(make_wrapper: MakeWrapper) -> None:
    def state_of(wrapper: DatabaseWrapper) -> dict[str, object]:
        return {
            name: value for name, value in vars(wrapper).items() if name not in {"connection", "close_at"}
        }

    wrapper = make_wrapper(shares_connections=True)
    first, connected = backend_pid(wrapper), state_of(wrapper)
    wrapper.savepoint_ids, wrapper.run_on_commit = ["s1"], [(set(), lambda: None)]
    wrapper.close()
    wrapper.needs_rollback = wrapper.closed_in_transaction = wrapper.errors_occurred = True

    assert backend_pid(wrapper) == first
    assert state_of(wrapper) == connected
    assert wrapper.get_autocommit()
    assert wrapper.close_at is not None
    assert wrapper.close_at <= time.monotonic()


def test_it_closes_what_nobody_shares(make_wrapper: MakeWrapper) -> None:
    wrapper = make_wrapper()
    first = backend_pid(wrapper)
    wrapper.close()
    assert backend_pid(wrapper) != first


def test_it_hands_on_no_open_transaction(make_wrapper: MakeWrapper) -> None:
    wrapper = make_wrapper(shares_connections=True)
    wrapper.set_autocommit(False)
    first = backend_pid(wrapper)
    wrapper.close()
    assert backend_pid(wrapper) != first
    assert wrapper.get_autocommit()


@pytest.mark.parametrize("shares", [True, False])
def test_it_connects_anew_for_the_next_task_after_silence(
    make_wrapper: MakeWrapper, postgres: OwnPostgres, *, shares: bool
) -> None:
    wrapper = make_wrapper(shares_connections=shares)
    first = backend_pid(wrapper)
    with postgres.frozen(), pytest.raises(OperationalError) as raised:
        backend_pid(wrapper)
    assert isinstance(raised.value.__cause__, NoAnswer)
    wrapper.close_if_unusable_or_obsolete()  # what Django does after each request, and the relay
    if shares:
        time.sleep(PAUSE_SECONDS)
    assert backend_pid(wrapper) != first


def test_it_uses_no_connection_that_was_refused_while_it_was_set_up(make_wrapper: MakeWrapper) -> None:
    wrapper = make_wrapper()
    with refusing_every_connection():
        for _ in range(2):
            with pytest.raises(ImproperlyConfigured):
                backend_pid(wrapper)
    assert backend_pid(wrapper)


def test_it_raises_what_django_knows(make_wrapper: MakeWrapper) -> None:
    with pytest.raises(DatabaseError), make_wrapper().cursor() as cursor:
        cursor.execute("SELECT no_such_thing")
