"""The client of the cache's server, for what every request asks of it.

Django's cache makes a new one for each call, which takes longer than the answer. Keys are named by Django's
rule, so that both know the same things by the same names.
"""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.core.cache import cache as django_cache
from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

_WAITS = ("socket_connect_timeout", "socket_timeout")


def redis_client() -> Redis:
    """Waits as shortly as the cache does, and tries nothing twice: the breaker says what follows."""
    place = settings.CACHES["default"]
    return _client_at(place["LOCATION"], tuple((name, place["OPTIONS"][name]) for name in _WAITS))


def key_of(name: str) -> str:
    return str(django_cache.make_key(name))


@cache
def _client_at(location: str, waits: tuple[tuple[str, float], ...]) -> Redis:
    return Redis(
        connection_pool=ConnectionPool.from_url(location, retry=Retry(NoBackoff(), 0), **dict(waits))
    )
