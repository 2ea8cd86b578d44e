"""Leaving Redis alone while it does not answer: no request waits for what only makes it faster."""

from __future__ import annotations

from functools import partial
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

import structlog
from redis.exceptions import RedisError

from core.breaker import Breaker
from infrastructure.metrics.measures import REDIS_LEFT_ALONE
from infrastructure.redis_client import ask_redis, key_of

if TYPE_CHECKING:
    from collections.abc import Callable

log = structlog.get_logger(__name__)

T = TypeVar("T")

# After a failure Redis is left alone for this long, so that requests do not wait for it one by one.
PAUSE_SECONDS = 2.0


class RedisBreaker:
    """Lets calls to Redis through until one fails, then none until a question beside them was answered.

    The question has a thread of its own: no request is the one that waits for all.
    """

    def __init__(self) -> None:
        self._breaker = Breaker(
            patience=1,
            first_pause_seconds=PAUSE_SECONDS,
            longest_pause_seconds=PAUSE_SECONDS,
            clock=monotonic,
        )

    def call(self, operation: Callable[[], T]) -> T | None:
        """The operation's result; None while Redis is away. Never raises for Redis."""
        if self._breaker.is_in_doubt:
            self._ask_beside()
            return None
        return self._try(operation)

    def _ask_beside(self) -> None:
        if self._breaker.admit():
            question = partial(self._try, partial(ask_redis, "GET", key_of("health")))
            Thread(target=question, name="redis-question", daemon=True).start()

    def _try(self, operation: Callable[[], T]) -> T | None:
        try:
            result = operation()
        except (RedisError, OSError) as error:
            self._breaker.record_failure()
            REDIS_LEFT_ALONE.set_to_current_time()
            log.warning("redis_is_away", error=str(error))
            return None
        self._breaker.record_success()
        return result


_breaker = RedisBreaker()


def call_redis(operation: Callable[[], T]) -> T | None:
    """What the process's one breaker makes of it: who finds Redis away finds it out for everybody."""
    return _breaker.call(operation)
