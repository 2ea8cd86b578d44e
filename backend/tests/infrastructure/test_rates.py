from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from infrastructure.rates import WINDOW_SECONDS, Quota, count_request, window_of
from infrastructure.redis_client import ask_redis

if TYPE_CHECKING:
    from pytest_django import Settings

QUOTA = Quota("key", 2)
NOW = 1_780_000_030.0


@pytest.fixture
def counter(settings: Settings) -> str:
    """The name of it in this minute, as versions that run at the same time must all have it."""
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": f"rates-{time.time_ns()}"}}
    return f"{settings.CACHES['default']['KEY_PREFIX']}:rate:key:jane:{window_of(NOW)}"


def used_by_jane() -> int:
    standing = count_request(QUOTA, "jane", now=NOW)
    assert standing is not None
    return standing.used


def test_it_counts_under_the_name_of_who_asks_and_of_the_minute(counter: str) -> None:
    assert [used_by_jane() for _ in range(3)] == [1, 2, 3]
    assert ask_redis("GET", counter) == b"3"


def test_it_ends_a_counter_a_minute_after_its_own_and_never_later(counter: str) -> None:
    used_by_jane()
    assert WINDOW_SECONDS < ask_redis("TTL", counter) <= 2 * WINDOW_SECONDS

    ask_redis("EXPIRE", counter, 7)
    used_by_jane()
    assert ask_redis("TTL", counter) <= 7
