"""Everything that PostgreSQL and Valkey hold, as text in files that can be searched."""

from __future__ import annotations

import os
import subprocess
from base64 import b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import redis

from cli.embedded.binaries import find_postgres_install

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_VALKEY_DATABASES = range(16)


def dump_stores(*, database_url: str, redis_url: str, folder: Path) -> list[Path]:
    """The files that were written: a dump of the database, and every key of Valkey with its value."""
    database, valkey = folder / "database.sql", folder / "valkey.txt"
    _dump_database(database_url, database)
    valkey.write_bytes(b"\n".join(_everything_in(redis_url)))
    return [database, valkey]


def spellings_of(text: str) -> Iterable[bytes]:
    """As it is, in the hexadecimal form in which a dump writes bytes, and inside of base64 at any offset."""
    plain = text.encode()
    return (plain, plain.hex().encode(), *(_inside_of_base64(plain, offset) for offset in range(3)))


def _inside_of_base64(plain: bytes, offset: int) -> bytes:
    """What stands for it whatever is before and behind: three bytes are four characters."""
    whole = b64encode(bytes(offset) + plain)
    behind = -(offset + len(plain)) % 3
    return whole[4 * ((offset + 2) // 3) : -4 if behind else None]


def _dump_database(url: str, file: Path) -> None:
    install = find_postgres_install()
    with file.open("wb") as output:
        subprocess.run(
            [str(install / "bin" / "pg_dump"), "--no-password", url],
            env=os.environ | {"LD_LIBRARY_PATH": str(install / "lib")},
            stdout=output,
            check=True,
            timeout=120,
        )


def _everything_in(url: str) -> Iterator[bytes]:
    for number in _VALKEY_DATABASES:
        parts = urlsplit(url)._replace(path=f"/{number}")
        with redis.Redis.from_url(urlunsplit(parts)) as client:
            for key in client.scan_iter():
                yield key
                yield from _values_of(client, key)


def _values_of(client: Any, key: bytes) -> Iterator[bytes]:
    match client.type(key):
        case b"string":
            yield client.get(key) or b""
        case b"list":
            yield from client.lrange(key, 0, -1)
        case b"set":
            yield from client.smembers(key)
        case b"zset":
            yield from client.zrange(key, 0, -1)
        case b"hash":
            for field, value in client.hgetall(key).items():
                yield from (field, value)
        case other if other != b"none":  # gone in between
            raise AssertionError(f"a value of the type {other!r}, which nobody searches")
