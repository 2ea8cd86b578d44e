from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.core.management import call_command
from django.db import OperationalError, connection

from database.invalid_indexes import list_invalid_indexes
from database.not_migrated import NotMigrated
from database.schema_lock import KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_django import Settings

pytestmark = pytest.mark.django_db(transaction=True)

LOCK_TIMEOUT_SECONDS = 0.1
COLOUR, BY_COLOUR = "0002", "0003"


@pytest.fixture(autouse=True)
def _made_up_migrations(settings: Settings) -> Iterator[None]:
    """Two migrations more than there are, and a server that refuses locks soon."""
    settings.MIGRATION_MODULES = {"heartbeats": "tests.database.made_up.migrations"}
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE heartbeats_heartbeat DROP COLUMN IF EXISTS colour")
        cursor.execute("DELETE FROM django_migrations WHERE app = 'heartbeats' AND name <> '0001_initial'")
    connection.close()


def migrate(target: str, *, patience: float = 60, told: StringIO | None = None) -> str:
    """What it said while it worked."""
    said = told or StringIO()
    call_command("migrate", "heartbeats", target, verbosity=0, patience=patience, stderr=said)
    return said.getvalue()


@contextmanager
def somebody_else(*statements: str) -> Iterator[psycopg.Connection]:
    """A session with these statements in a transaction that stays open."""
    with psycopg.connect(**connection.get_connection_params() | NAMED) as other:
        for statement in statements:
            other.execute(statement)
        yield other
        other.rollback()


NAMED = {
    "application_name": "somebody-else",
    "answer_timeout_seconds": None,
    "context": None,
    "cursor_factory": None,
}
READ = "SELECT count(*) FROM heartbeats_heartbeat"
SNAPSHOT = ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", READ)
BUILD = "CREATE UNIQUE INDEX CONCURRENTLY {} ON heartbeats_heartbeat (colour)"
LOCK = f"SELECT pg_advisory_xact_lock({KEY})"


class Told(StringIO):
    """What is said, and done as soon as certain words are."""

    def __init__(self, words: str, then: Callable[[], None]) -> None:
        super().__init__()
        self._words, self._then = words, then

    def write(self, text: str) -> int:
        if self._words in text:
            self._then()
        return super().write(text)


@contextmanager
def leaving_after_build_waited(other: psycopg.Connection, index: str) -> Iterator[None]:
    """Longer than locks are waited for otherwise."""

    def leave() -> None:
        with psycopg.connect(**connection.get_connection_params() | NAMED, autocommit=True) as watcher:
            while watcher.execute("SELECT to_regclass(%s)", [index]).fetchone() == (None,):
                time.sleep(0.02)
        time.sleep(LOCK_TIMEOUT_SECONDS * 3)
        other.rollback()

    thread = threading.Thread(target=leave)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def has_colour() -> bool:
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(cursor, "heartbeats_heartbeat")
    return "colour" in {column.name for column in columns}


def take_colour_as_made() -> None:
    """Quicker than making it by its migration."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE heartbeats_heartbeat ADD COLUMN colour text")
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('heartbeats', '0002_colour', now())"
        )


def is_colour_indexed() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indisvalid FROM pg_index WHERE indexrelid = 'heartbeat_by_colour'::regclass")
        return bool(cursor.fetchone()[0])


def leave_half_built(name: str) -> None:
    """As a build does that is cut off while it waits for an older transaction."""
    with somebody_else(*SNAPSHOT), pytest.raises(OperationalError), connection.cursor() as cursor:
        cursor.execute(BUILD.format(name))
    assert list_invalid_indexes(connection) == [name]


def test_it_tries_again_while_a_lock_is_held() -> None:
    with somebody_else(READ) as reader:
        said = migrate(COLOUR, told=Told("Trying again", reader.rollback))
    assert "Trying again in 1 s" in said
    assert "somebody-else, idle in transaction" in said
    assert has_colour()


def test_it_gives_up_when_its_patience_ends_and_can_be_run_again() -> None:
    with (
        somebody_else(READ),
        pytest.raises(NotMigrated, match=r"in 1 tries.*of somebody-else.*pg_terminate_backend"),
    ):
        migrate(COLOUR, patience=0.5)
    assert not has_colour()
    assert migrate(COLOUR) == ""
    assert has_colour()


def test_it_raises_what_is_wrong_at_once() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE heartbeats_heartbeat ADD COLUMN colour text")
    with pytest.raises(Exception, match="already exists"):
        migrate(COLOUR)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE heartbeats_heartbeat DROP COLUMN colour")


def test_it_does_nothing_while_another_migrates() -> None:
    with (
        somebody_else(LOCK),
        pytest.raises(NotMigrated, match=r"another migrate is still at work.*somebody-else"),
    ):
        migrate(COLOUR, patience=0)
    assert not has_colour()


def test_it_waits_until_another_has_migrated() -> None:
    with somebody_else(LOCK) as other:
        said = migrate(COLOUR, told=Told("Another migrate", other.rollback))
    assert said.count("Another migrate is at work (session") == 1
    assert has_colour()


def test_it_migrates_once_when_two_begin_at_the_same_moment() -> None:
    def migrate_elsewhere(_number: int) -> str:
        try:
            return migrate(BY_COLOUR)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as machines:
        said = list(machines.map(migrate_elsewhere, range(2)))
    assert is_colour_indexed()
    assert sum("Another migrate is at work" in each for each in said) <= 1


def test_it_leaves_the_lock_to_others_afterwards() -> None:
    migrate(COLOUR)
    with psycopg.connect(**connection.get_connection_params() | NAMED) as other:
        assert other.execute(f"SELECT pg_try_advisory_lock({KEY})").fetchone() == (True,)


def test_it_only_looks_without_the_lock() -> None:
    with somebody_else(LOCK):
        call_command("migrate", "heartbeats", COLOUR, "--plan", verbosity=0, stdout=StringIO(), patience=0)
        with pytest.raises(SystemExit):
            call_command("migrate", "--check", verbosity=0, stdout=StringIO(), patience=0)


def test_it_waits_for_older_transactions_where_nobody_waits_behind_it() -> None:
    take_colour_as_made()
    with somebody_else(*SNAPSHOT) as reader, leaving_after_build_waited(reader, "heartbeat_by_colour"):
        said = migrate(BY_COLOUR)
    assert said == ""
    assert is_colour_indexed()
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("100ms",)


def test_it_builds_again_what_a_broken_build_of_its_own_left() -> None:
    take_colour_as_made()
    leave_half_built("heartbeat_by_colour")
    migrate(BY_COLOUR)
    assert is_colour_indexed()


def test_it_finds_and_mends_indexes_that_are_half_built() -> None:
    take_colour_as_made()
    leave_half_built("heartbeat_left_over")
    assert "The index heartbeat_left_over had been left half-built" in migrate(COLOUR)
    assert list_invalid_indexes(connection) == []


def test_it_leaves_alone_what_somebody_builds_at_this_moment() -> None:
    take_colour_as_made()
    parameters = connection.get_connection_params() | NAMED
    with psycopg.connect(**parameters, autocommit=True) as builder, ThreadPoolExecutor(1) as others:
        with somebody_else(*SNAPSHOT):
            building = others.submit(builder.execute, BUILD.format("heartbeat_of_others"))
            wait_for_index("heartbeat_of_others")
            assert list_invalid_indexes(connection) == []
        building.result()


def wait_for_index(name: str) -> None:
    with connection.cursor() as cursor:
        while True:
            cursor.execute("SELECT to_regclass(%s)", [name])
            if cursor.fetchone() != (None,):
                return


def test_it_drops_what_a_broken_reindex_left_beside_the_index_that_works() -> None:
    take_colour_as_made()
    leave_half_built("heartbeat_by_colour_ccnew1")
    migrate(COLOUR)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('heartbeat_by_colour_ccnew1')")
        assert cursor.fetchone() == (None,)


def test_it_says_which_index_cannot_be_built() -> None:
    take_colour_as_made()
    leave_half_built("heartbeat_left_over")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO heartbeats_heartbeat (role, instance, colour) VALUES ('a', 'b', 'red')")
        cursor.execute(
            "UPDATE pg_index SET indisready = false WHERE indexrelid = 'heartbeat_left_over'::regclass"
        )
        cursor.execute("INSERT INTO heartbeats_heartbeat (role, instance, colour) VALUES ('a', 'c', 'red')")
    with pytest.raises(
        NotMigrated, match="heartbeat_left_over is half-built and cannot be built: could not create"
    ):
        migrate(COLOUR)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX heartbeat_left_over")


def test_it_runs_as_a_command_only(settings: Settings) -> None:
    settings.ROLE = "web"
    with pytest.raises(NotMigrated, match="PAYOUTS_ROLE=command"):
        migrate(COLOUR)
    settings.ROLE = "command"
