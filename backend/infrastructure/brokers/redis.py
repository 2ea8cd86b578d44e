"""Redis or Valkey as the broker."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from infrastructure.brokers.wake_ups import Broker, BrokerNotSeenError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TRANSPORT_OPTIONS: Mapping[str, object] = {
    "max_retries": 0,  # kombu's own, which would hold up the relay for seconds each time
    "visibility_timeout": 300,  # above the hard limit: no wake-up is delivered twice while it is worked on
    "socket_connect_timeout": 1.0,
    "socket_timeout": 5.0,
    "socket_keepalive": True,
    "health_check_interval": 10,
}

# Where kombu keeps messages that a worker has taken and not yet acknowledged.
_IN_WORK = "unacked"


class RedisWakeUps:
    def __init__(
        self, url: str, *, queue: str, connect_timeout_seconds: float, answer_timeout_seconds: float
    ) -> None:
        self._queue = queue
        self._client = Redis.from_url(
            url,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=connect_timeout_seconds,
            socket_timeout=answer_timeout_seconds,
        )

    def count_waiting(self) -> int:
        with _failures():
            return self._client.llen(self._queue)

    def look(self) -> Broker:
        asked = self._client.pipeline(transaction=False)
        asked.llen(self._queue)
        asked.hlen(_IN_WORK)
        asked.info("server")
        with _failures():
            waiting, in_work, about = asked.execute()
        return Broker(waiting=waiting, in_work=in_work, software=_name(about))

    def close(self) -> None:
        self._client.close()


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        raise BrokerNotSeenError(error) from error


def _name(about: Mapping[str, Any]) -> str:
    if "valkey_version" in about:  # which beside it states the version of Redis that it stands in for
        return f"Valkey {about['valkey_version']}"
    return f"Redis {about.get('redis_version', 'unknown')}"
