from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from redis.exceptions import RedisError

from infrastructure import redis_breaker
from infrastructure.payouts.cache import bump_list_version, renew_list_version
from infrastructure.redis_breaker import RedisBreaker
from tests.infrastructure.metrics.counted import Rise, counted
from tests.infrastructure.payouts.pages import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from structlog.typing import EventDict

    from tests.infrastructure.own_valkey import OwnValkey

# The socket's time-out of the cache, and what a busy machine takes to notice it.
ONE_WAIT_SECONDS = 1.2
PAUSE_SECONDS = 0.4


@pytest.fixture(autouse=True)
def _short_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_breaker, "PAUSE_SECONDS", PAUSE_SECONDS)


@pytest.fixture
def shelf(valkey: OwnValkey) -> Shelf:  # noqa: ARG001  asks for the server that is about to go
    filled = Shelf()
    filled.read()
    return filled


@contextmanager
def within(seconds: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds


def wait_until(is_so: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + 5
    while not is_so():
        assert time.monotonic() < ends_at
        time.sleep(0.02)


def fail() -> None:
    raise RedisError


def warnings(log_lines: list[EventDict]) -> int:
    return sum(line["event"] == "redis_is_away" for line in log_lines)


def test_it_builds_from_the_database_while_redis_is_dead(shelf: Shelf, valkey: OwnValkey) -> None:
    valkey.kill()
    shelf.change("new")
    with within(0.5):
        bump_list_version(shelf.organization_id)
        assert [shelf.read() for _ in range(50)] == ["new"] * 50
    assert shelf.builds == 51


def test_it_waits_once_for_a_redis_that_hangs(
    shelf: Shelf, valkey: OwnValkey, log_lines: list[EventDict]
) -> None:
    shelf.change("new")
    with valkey.frozen():
        with within(ONE_WAIT_SECONDS):
            assert shelf.read() == "new"
        with within(PAUSE_SECONDS / 2):
            bump_list_version(shelf.organization_id)
            assert [shelf.read() for _ in range(50)] == ["new"] * 50
        assert warnings(log_lines) == 1

        time.sleep(PAUSE_SECONDS)
        with within(PAUSE_SECONDS / 2):  # a question is asked, and no request waits for its answer
            assert [shelf.read() for _ in range(50)] == ["new"] * 50
        wait_until(lambda: warnings(log_lines) == 2)


def test_it_waits_once_for_a_write_of_a_client_while_redis_hangs(shelf: Shelf, valkey: OwnValkey) -> None:
    with valkey.frozen(), within(ONE_WAIT_SECONDS):
        for _ in range(20):
            bump_list_version(shelf.organization_id)


def test_it_takes_the_cache_up_again_when_redis_is_back(shelf: Shelf, valkey: OwnValkey) -> None:
    valkey.kill()
    shelf.read()
    valkey.start()
    time.sleep(PAUSE_SECONDS)

    def is_taken_from_cache() -> bool:
        builds = shelf.builds
        assert shelf.read() == "as it was"
        return shelf.builds == builds

    wait_until(is_taken_from_cache)


def test_it_reads_right_after_a_pause_in_which_the_list_changed(shelf: Shelf, valkey: OwnValkey) -> None:
    with valkey.frozen():
        shelf.change("new")
        bump_list_version(shelf.organization_id)  # in vain
    time.sleep(PAUSE_SECONDS)
    renew_list_version(shelf.organization_id)  # by the relay, which tries until it succeeds
    assert shelf.read() == "new"


def test_it_tells_the_relay_that_redis_is_away(shelf: Shelf, valkey: OwnValkey) -> None:
    valkey.kill()
    with pytest.raises(RedisError):
        renew_list_version(shelf.organization_id)


def test_it_serves_pages_while_redis_refuses_to_store(shelf: Shelf, valkey: OwnValkey) -> None:
    with valkey.cache_client() as client:
        client.config_set("maxmemory", "1")
        shelf.change("new")
        bump_list_version(shelf.organization_id)
        assert shelf.read("another") == "new"
        client.config_set("maxmemory", "0")


def test_it_lets_no_call_through_while_it_pauses() -> None:
    breaker, calls = RedisBreaker(), list[int]()

    def count_and_fail() -> None:
        calls.append(1)
        fail()

    for _ in range(5):
        assert breaker.call(count_and_fail) is None
    assert len(calls) == 1


@pytest.mark.usefixtures("valkey")
def test_it_lets_calls_through_again_once_redis_answers() -> None:
    breaker = RedisBreaker()
    breaker.call(fail)
    time.sleep(PAUSE_SECONDS)

    assert breaker.call(lambda: "well") is None  # and asks whether Redis is back
    wait_until(lambda: breaker.call(lambda: "well") == "well")


def test_it_hides_no_failure_but_those_of_redis() -> None:
    with pytest.raises(ZeroDivisionError):
        RedisBreaker().call(lambda: 1 // 0)


def test_it_tells_that_redis_was_left_alone_and_when(shelf: Shelf, valkey: OwnValkey) -> None:
    rise, before = Rise(), time.time()
    valkey.kill()
    for _ in range(3):
        shelf.read()
    assert rise.of("payouts_list_cache_total", result="redis_away") == 3
    assert counted("payouts_redis_left_alone_timestamp_seconds") >= before
