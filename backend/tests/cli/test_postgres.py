from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg
import pytest

from cli.embedded.postgres import EmbeddedPostgres
from cli.embedded.server import NotPrepared
from cli.processes import started_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(home=tmp_path, durable=False)
    server.start()
    yield server
    server.stop()


def write_row(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (value text)")
        connection.execute("INSERT INTO kept VALUES ('still here')")


def read_row(url: str) -> str | None:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT value FROM kept").fetchone()
    return row[0] if row else None


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 5
    while started_at(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert started_at(pid) is None


def test_it_is_postgresql_18_in_utf8_with_locale_c(postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres.url) as connection:
        version = connection.info.server_version
        row = connection.execute(
            "SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database WHERE datname = 'payouts'"
        ).fetchone()
    assert version // 10_000 == 18
    assert row == ("UTF8", "C")


def test_it_listens_on_loopback_only_and_wants_the_password(postgres: EmbeddedPostgres) -> None:
    parts = urlsplit(postgres.url)
    assert parts.hostname == "127.0.0.1"
    wrong = parts._replace(netloc=f"payouts:wrong@127.0.0.1:{parts.port}").geturl()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)
    with psycopg.connect(postgres.url) as connection:
        settings = {
            name: connection.execute(f"SHOW {name}").fetchone()
            for name in ("listen_addresses", "unix_socket_directories")
        }
    assert settings == {"listen_addresses": ("127.0.0.1",), "unix_socket_directories": ("",)}


def test_it_never_runs_as_root(postgres: EmbeddedPostgres) -> None:
    owner = postgres.data_directory.stat().st_uid
    assert owner != 0
    assert owner == os.geteuid() or os.geteuid() == 0


def test_it_comes_back_on_the_same_port_with_its_data_after_sigkill(tmp_path: Path) -> None:
    first = EmbeddedPostgres(home=tmp_path)
    url = first.start()
    write_row(url)
    os.kill(first.pid, signal.SIGKILL)
    first._process.wait()  # type: ignore[union-attr]

    second = EmbeddedPostgres(home=tmp_path)
    try:
        assert second.start() == url
        assert read_row(url) == "still here"
    finally:
        second.stop()
        second._discard()


def test_it_is_durable_unless_asked_otherwise(tmp_path: Path) -> None:
    server = EmbeddedPostgres(home=tmp_path)
    server.prepare()
    settings = server.child_spec().command
    server._discard()
    assert {"fsync=on", "synchronous_commit=on", "full_page_writes=on"} <= set(settings)
    assert not {"fsync=off", "synchronous_commit=off", "full_page_writes=off"} & set(settings)


def test_it_stops_the_server_an_earlier_run_left_behind(tmp_path: Path) -> None:
    orphan = EmbeddedPostgres(home=tmp_path, durable=False)
    orphan.start()
    left_behind = orphan._process
    assert left_behind is not None
    second = EmbeddedPostgres(home=tmp_path, durable=False)
    second.start()
    try:
        assert left_behind.wait(5) == 0
        assert second.pid != left_behind.pid
    finally:
        second.stop()


def test_it_starts_although_another_program_has_the_number_in_its_lock_file(tmp_path: Path) -> None:
    server = EmbeddedPostgres(home=tmp_path, durable=False)
    server.prepare()
    lock = server.data_directory / "postmaster.pid"
    lock.write_text(f"1\n{server.data_directory}\n", encoding="utf-8")
    try:
        assert server.start() == server.url
    finally:
        server.stop()


def test_it_leaves_nothing_behind_when_it_need_not_last(tmp_path: Path) -> None:
    server = EmbeddedPostgres(home=tmp_path, durable=False)
    server.start()
    place, pid = server.data_directory.parent, server.pid
    server.stop()
    assert not place.exists()
    wait_until_gone(pid)


def test_it_has_no_address_before_it_is_prepared(tmp_path: Path) -> None:
    with pytest.raises(NotPrepared):
        _ = EmbeddedPostgres(home=tmp_path).url
