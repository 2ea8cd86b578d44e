"""Asking Redis what every request asks of it: a command, one round trip, its answer.

The clients of the library and of Django's cache take many times as many steps for each command, and longer
than Redis does to answer. Their connections are used here as they are.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.cache.backends.base import default_key_func
from hiredis import pack_command
from redis import ConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

if TYPE_CHECKING:
    from redis.connection import AbstractConnection

    Part = str | bytes | int


def ask_redis(*command: Part) -> Any:
    """What Redis answers, texts as bytes. Raises RedisError or OSError.

    Waits as shortly as the cache does, and tries nothing twice: the breaker says what follows.
    """
    cache = settings.CACHES["default"]
    waits = cache["OPTIONS"]
    place = cache["LOCATION"], waits["socket_connect_timeout"], waits["socket_timeout"]
    # By setdefault() all take those of the first when many ask at once.
    connections = _by_place.get(place) or _by_place.setdefault(place, _Connections(*place))
    return connections.ask(command)


def key_of(name: str) -> str:
    """By the rule of Django's cache, so that both know the same things by the same names."""
    cache = settings.CACHES["default"]
    return default_key_func(name, cache.get("KEY_PREFIX", ""), cache.get("VERSION", 1))


class _Connections:
    """Any number of threads may ask. Each takes a connection for one command, so that few are open."""

    def __init__(self, url: str, connect_timeout_seconds: float, answer_timeout_seconds: float) -> None:
        # It reads the URL, and hands out nothing.
        self._pool = ConnectionPool.from_url(
            url,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=connect_timeout_seconds,
            socket_timeout=answer_timeout_seconds,
        )
        self._idle: list[AbstractConnection] = []

    def ask(self, command: tuple[Part, ...]) -> Any:
        connection = self._take()
        try:
            packed = pack_command(command)  # type: ignore[arg-type]  # It knows of a tuple of one alone.
            connection.send_packed_command([packed], check_health=False)
            answer = connection.read_response()
        except BaseException:
            # An answer that comes late must never be taken for that of the next command.
            connection.disconnect()
            raise
        self._idle.append(connection)
        return answer

    def _take(self) -> AbstractConnection:
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._pool.connection_class(**self._pool.connection_kwargs)
        else:
            if _is_stale(connection):
                connection.disconnect()  # It connects anew for the command.
        return connection


def _is_stale(connection: AbstractConnection) -> bool:
    """Whether there is something to read that nobody has asked for: most of all the end, set by Redis."""
    try:
        return connection.can_read()
    except (RedisError, OSError):
        return True


_by_place: dict[tuple[str, float, float], _Connections] = {}
# Two processes must not read from one connection.
os.register_at_fork(after_in_child=_by_place.clear)
