from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import psycopg
import pytest

from cli.code_version import code_version
from cli.embedded.postgres import EmbeddedPostgres
from cli.home import Home
from cli.preparation import CommandFailed, Credentials, Preparation, find_migrations
from cli.private_files import write_private_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEPT = {"api_key": "pk_test_kept", "recipient_id": 3, "admin": {"username": "admin", "password": "made-up"}}


@pytest.fixture
def database_url(tmp_path: Path) -> Iterator[str]:
    server = EmbeddedPostgres(home=tmp_path, durable=False)
    yield server.start()
    server.stop()


@pytest.fixture
def migrated_url(database_url: str) -> str:
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE django_migrations (applied timestamptz)")
        connection.execute("INSERT INTO django_migrations VALUES ('2026-01-01Z'), ('2026-01-02Z')")
    return database_url


def preparation(home: Home, url: str) -> Preparation:
    return Preparation(
        home=home,
        database_url=url,
        environment={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "there.is.none"},
        admin_password="made-up",
        say=lambda _name, _line: None,
    )


def test_it_knows_a_database_that_was_never_migrated(database_url: str) -> None:
    assert find_migrations(database_url) is None


def test_it_does_nothing_twice_for_the_same_code_and_database(tmp_path: Path, migrated_url: str) -> None:
    home = Home(tmp_path)
    home.static.mkdir()
    done = {"code": code_version(), "migrations": find_migrations(migrated_url)}
    write_private_json(home.prepared_file, done)
    asyncio.run(preparation(home, migrated_url).migrate_and_collect())

    write_private_json(home.prepared_file, {**done, "code": "older"})
    with pytest.raises(CommandFailed, match=r"there"):
        asyncio.run(preparation(home, migrated_url).migrate_and_collect())


def test_it_keeps_credentials_that_belong_to_this_database(tmp_path: Path, migrated_url: str) -> None:
    home = Home(tmp_path)
    began_at = (find_migrations(migrated_url) or {})["began_at"]
    write_private_json(home.credentials_file, {"database": began_at, **KEPT})
    kept = asyncio.run(preparation(home, migrated_url).credentials())
    assert kept == Credentials(api_key="pk_test_kept", recipient_id=3, admin=KEPT["admin"])  # type: ignore[arg-type]


def test_it_makes_new_credentials_for_another_database(tmp_path: Path, migrated_url: str) -> None:
    home = Home(tmp_path)
    write_private_json(home.credentials_file, {"database": "1999-01-01", **KEPT})
    with pytest.raises(CommandFailed, match=r"`manage\.py setup_demo` failed"):
        asyncio.run(preparation(home, migrated_url).credentials())


def test_it_notices_changed_code_but_not_changed_tests(tmp_path: Path) -> None:
    backend = tmp_path / "backend"
    (backend / "tests").mkdir(parents=True)
    (backend / "models.py").write_text("first", encoding="utf-8")
    version = code_version(backend)
    (backend / "tests" / "test_models.py").write_text("a test", encoding="utf-8")
    assert code_version(backend) == version
    (backend / "models.py").write_text("second", encoding="utf-8")
    assert code_version(backend) != version
    version = code_version(backend)
    (tmp_path / "requirements.lock").write_text("django==6", encoding="utf-8")
    assert code_version(backend) != version
