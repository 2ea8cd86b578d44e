"""Whether what the service depends on answers: asked the same way for probes and for people."""

from __future__ import annotations

from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, connection
from redis.exceptions import RedisError

from infrastructure.probe import Probe

PROBE_TIMEOUT_SECONDS = 1.5


def _ask_database() -> None:
    # Runs in the probe's own thread, whose connection nobody else would close.
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()


def _ask_redis() -> None:
    cache.get("health")


DATABASE = Probe("database", _ask_database, failures=(DatabaseError, InterfaceError))
REDIS = Probe("redis", _ask_redis, failures=(RedisError, OSError))
