from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from django.core.cache import cache
from redis import SSLConnection, UnixDomainSocketConnection
from redis.connection import Connection
from redis.exceptions import ConnectionError as NotConnectedError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as TooLateError

from infrastructure.redis_breaker import call_redis
from infrastructure.redis_client import _Connections, ask_redis, key_of

if TYPE_CHECKING:
    from tests.infrastructure.own_valkey import OwnValkey

BACKEND = Path(__file__).parents[2]
# The socket's time-out of the cache, and what a busy machine takes to notice it.
ONE_WAIT_SECONDS = 1.2


def connection_id() -> int:
    found: int = ask_redis("CLIENT", "ID")
    return found


def count_connections(valkey: OwnValkey) -> int:
    """Without the one that counts."""
    with valkey.cache_client() as client:
        return len(client.client_list()) - 1


def test_it_asks_the_database_of_the_cache_and_gives_bytes(valkey: OwnValkey) -> None:
    assert ask_redis("SET", "word", b"\x00\xff", "EX", 60) == b"OK"

    with valkey.cache_client(decode_responses=False) as client:
        assert client.get("word") == b"\x00\xff"
        assert 0 < client.ttl("word") <= 60
    assert ask_redis("MGET", "word", "none") == [b"\x00\xff", None]
    assert ask_redis("INCR", "count") == 1


WORD = "open-sesame"


@pytest.mark.usefixtures("valkey")
def test_it_names_things_as_the_cache_does() -> None:
    cache.set("shared", 7)
    assert ask_redis("GET", key_of("shared")) == b"7"


@pytest.mark.parametrize(
    ("location", "made", "attributes"),
    [
        (
            f"redis://me:{WORD}@there:7000/3",
            Connection,
            {"host": "there", "port": 7000, "db": 3, "username": "me", "password": WORD},
        ),
        ("rediss://there/1?ssl_ca_certs=/ca.pem", SSLConnection, {"ca_certs": "/ca.pem", "db": 1}),
        ("unix:///run/redis.sock?db=2", UnixDomainSocketConnection, {"path": "/run/redis.sock", "db": 2}),
    ],
)
def test_it_takes_every_url_that_the_library_takes(
    location: str, made: type, attributes: dict[str, Any]
) -> None:
    connection = _Connections(location, 0.2, 0.5)._take()

    assert type(connection) is made
    assert {name: getattr(connection, name) for name in attributes} == attributes
    assert (connection.socket_connect_timeout, connection.socket_timeout) == (0.2, 0.5)


@pytest.mark.usefixtures("valkey")
def test_it_keeps_its_connection() -> None:
    assert len({connection_id() for _ in range(5)}) == 1


def test_it_opens_as_many_connections_as_are_in_use_at_once(valkey: OwnValkey) -> None:
    together = Barrier(4)

    def ask(word: int) -> bool:
        together.wait()
        return all(ask_redis("ECHO", f"{word}-{n}") == f"{word}-{n}".encode() for n in range(200))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == [True] * 4
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(ask_redis, "ECHO", "another").result() == b"another"
    assert 1 <= count_connections(valkey) <= 4


def test_it_notices_that_redis_was_restarted_in_between(valkey: OwnValkey) -> None:
    ask_redis("PING")
    valkey.kill()
    valkey.start()

    assert call_redis(lambda: ask_redis("ECHO", "back")) == b"back"
    assert call_redis(lambda: ask_redis("ECHO", "and again")) == b"and again"


def test_it_takes_no_late_answer_for_that_of_another_command(valkey: OwnValkey) -> None:
    ask_redis("PING")
    with valkey.frozen():
        started = time.monotonic()
        with pytest.raises(TooLateError):
            ask_redis("ECHO", "late")
        assert time.monotonic() - started < ONE_WAIT_SECONDS

    assert [ask_redis("ECHO", str(n)) for n in range(3)] == [b"0", b"1", b"2"]


def test_it_gives_up_a_connection_between_a_command_and_its_answer(
    valkey: OwnValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_redis("PING")

    def be_told_to_end(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(Connection, "read_response", be_told_to_end)
        with pytest.raises(SystemExit):
            ask_redis("ECHO", "never read")

    assert count_connections(valkey) == 0
    assert ask_redis("ECHO", "mine") == b"mine"


@pytest.mark.usefixtures("valkey")
def test_it_uses_no_connection_that_has_something_to_read() -> None:
    noisy = connection_id()
    ask_redis("CLIENT", "TRACKING", "ON", "BCAST")
    ask_redis("SET", "watched", 1)  # which the connection itself is told of, after its answer
    time.sleep(0.05)

    assert connection_id() != noisy


def test_it_leaves_no_connection_behind_after_a_refusal(valkey: OwnValkey) -> None:
    ask_redis("SET", "word", "no number")
    for _ in range(3):
        with pytest.raises(ResponseError):
            ask_redis("INCR", "word")

    assert count_connections(valkey) == 0


def test_it_raises_when_redis_is_away(valkey: OwnValkey) -> None:
    ask_redis("PING")
    valkey.kill()
    for _ in range(2):
        with pytest.raises(NotConnectedError):
            ask_redis("PING")


FORK = """
import os
import django
django.setup()
from infrastructure.redis_client import ask_redis

ask_redis("PING")
child = os.fork()
print(ask_redis("CLIENT", "ID"), flush=True)
if not child:
    os._exit(0)
os.waitpid(child, 0)
print(ask_redis("CLIENT", "ID"), flush=True)
"""


def test_it_shares_no_connection_with_a_process_that_it_forks(valkey: OwnValkey) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FORK],
        cwd=BACKEND,
        env={"DJANGO_SETTINGS_MODULE": "config.settings.test", "REDIS_CACHE_URL": valkey.cache_url},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    ids = sorted(done.stdout.split())
    assert len(ids) == 3
    assert len(set(ids)) == 2
