"""How the broker stands, for people: one short look, which never holds a page up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import structlog
from celery import current_app
from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

if TYPE_CHECKING:
    from collections.abc import Mapping

log = structlog.get_logger(__name__)

_WAITS = ("socket_connect_timeout", "socket_timeout")
# Where kombu keeps messages that a worker has taken and not yet acknowledged.
_IN_WORK = "unacked"


@dataclass(frozen=True)
class Broker:
    """`waiting` messages lie in the queue, `in_work` ones are with a worker."""

    waiting: int
    in_work: int
    software: str
    """Such as "Valkey 9.1.2"."""


def look_at_broker() -> Broker | None:
    """None while it does not answer within the cache's short waits."""
    try:
        with _client() as client:
            waiting, in_work, about = _ask(client)
    except (RedisError, OSError, ValueError) as error:
        log.warning("broker_not_seen", error=type(error).__name__)
        return None
    return Broker(waiting=waiting, in_work=in_work, software=_name(about))


def _client() -> Redis:
    place = settings.CACHES["default"]["OPTIONS"]
    waits = {name: place[name] for name in _WAITS}
    return Redis.from_url(str(current_app.conf.broker_url), retry=Retry(NoBackoff(), 0), **waits)


def _ask(client: Redis) -> tuple[int, int, Mapping[str, Any]]:
    asked = client.pipeline(transaction=False)
    asked.llen(current_app.conf.task_default_queue)
    asked.hlen(_IN_WORK)
    asked.info("server")
    return cast("tuple[int, int, Mapping[str, Any]]", tuple(asked.execute()))


def _name(about: Mapping[str, Any]) -> str:
    if "valkey_version" in about:  # which beside it states the version of Redis that it stands in for
        return f"Valkey {about['valkey_version']}"
    return f"Redis {about.get('redis_version', 'unknown')}"
