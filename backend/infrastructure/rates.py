"""Counting requests in Redis, by the minute: one atomic round trip for each, and none while Redis is away.

Windows are fixed to the clock. Their number stands in the counter's name, so that the count alone tells what
is left and until when; somebody may have twice the quota around a border, and no more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings

from infrastructure.redis_breaker import call_redis
from infrastructure.redis_client import ask_redis

if TYPE_CHECKING:
    from collections.abc import Iterable

WINDOW_SECONDS = 60
# Counters outlive their window by another one: they tell as well whether a key has been used.
_LIFETIME_SECONDS = 2 * WINDOW_SECONDS
KEY_QUOTA = "key"

# One step for Redis: no counter is left without its end.
_COUNT = """
local used = redis.call("INCR", KEYS[1])
if used == 1 then redis.call("EXPIRE", KEYS[1], ARGV[1]) end
return used
"""


@dataclass(frozen=True)
class Quota:
    """So many requests in a minute. The name is what clients read, too."""

    name: str
    requests: int


@dataclass(frozen=True)
class Standing:
    quota: Quota
    used: int
    resets_in_seconds: int

    @property
    def remaining(self) -> int:
        return max(self.quota.requests - self.used, 0)

    @property
    def is_exceeded(self) -> bool:
        return self.used > self.quota.requests


def count_request(quota: Quota, who: str, *, now: float) -> Standing | None:
    """Count one more request of theirs, at this time in seconds of the epoch; None while Redis is away."""
    counter = _counter(quota.name, who, window_of(now))
    used = call_redis(lambda: ask_redis("EVAL", _COUNT, 1, counter, _LIFETIME_SECONDS))
    return None if used is None else Standing(quota, used, resets_in_seconds(now))


def list_counted(quota_name: str, everybody: Iterable[str], *, window: int) -> list[str]:
    """Those of them of whom a request was counted in the window. Raises RedisError or OSError."""
    names = list(everybody)
    counters = [_counter(quota_name, who, window) for who in names]
    counts = ask_redis("MGET", *counters) if counters else []
    return [who for who, count in zip(names, counts, strict=True) if count is not None]


def window_of(now: float) -> int:
    return int(now // WINDOW_SECONDS)


def resets_in_seconds(now: float) -> int:
    """At least one: whoever comes back after so long finds the next window open."""
    return max(math.ceil((window_of(now) + 1) * WINDOW_SECONDS - now), 1)


def _counter(quota_name: str, who: str, window: int) -> str:
    prefix = settings.CACHES["default"].get("KEY_PREFIX", "")
    return f"{prefix}:rate:{quota_name}:{who}:{window}"
