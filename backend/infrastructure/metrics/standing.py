"""How the whole service stands, read from the database for all who ask within some seconds.

Any number of scrapers may ask any number of webs: what one has read the others find in Redis, and while
Redis is away each process reads at most as often for itself.
"""

from __future__ import annotations

from threading import Lock
from time import monotonic, sleep, time
from typing import TYPE_CHECKING

import structlog
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError

from database.postgresql.patience import database_patience
from database.unavailable import reason_of
from infrastructure.broker import look_at_broker
from infrastructure.metrics.standing_figures import figures_of
from infrastructure.redis_breaker import call_redis
from payouts.selectors import report_standing

if TYPE_CHECKING:
    from infrastructure.metrics.standing_figures import Family

log = structlog.get_logger(__name__)

LIFETIME_SECONDS = 5.0
# A long queue takes long to count: reading it takes at most this share of the database's time.
LARGEST_SHARE = 0.1
# Below the ten seconds after which Prometheus gives a scrape up.
PATIENCE_SECONDS = 4.0
_SHARED, _TURN = "metrics:standing", "metrics:standing:turn"
_WAIT_SECONDS, _LOOK_SECONDS = 2.0, 0.1


class StandingReader:
    """Of a process, however many of its threads ask."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._families: list[Family] = []
        self._good_until = 0.0

    def read(self) -> list[Family] | None:
        """None when the database does not tell."""
        with self._lock:
            if monotonic() < self._good_until:
                return self._families
            found = _shared() or self._read_in_turn()
            if found is not None:
                self._keep(found, LIFETIME_SECONDS)
            return found

    def forget(self) -> None:
        self._good_until = 0.0

    def _read_in_turn(self) -> list[Family] | None:
        """Read, unless another process is at it; one that does not come to an end is not waited for long."""
        is_our_turn = call_redis(lambda: cache.add(_TURN, 1, PATIENCE_SECONDS * 2))
        if is_our_turn is False and (found := _wait_for_another()) is not None:
            return found
        began = monotonic()
        families = _read_anew()
        lifetime = max(LIFETIME_SECONDS, (monotonic() - began) / LARGEST_SHARE)
        if families is not None:
            self._keep(families, lifetime)
            call_redis(lambda: cache.set(_SHARED, families, lifetime))
        call_redis(lambda: cache.delete(_TURN))
        return families

    def _keep(self, families: list[Family], seconds: float) -> None:
        self._families = families
        self._good_until = max(self._good_until, monotonic() + seconds)


def _shared() -> list[Family] | None:
    found: list[Family] | None = call_redis(lambda: cache.get(_SHARED))
    return found


def _wait_for_another() -> list[Family] | None:
    ends = monotonic() + _WAIT_SECONDS
    while monotonic() < ends:
        sleep(_LOOK_SECONDS)
        if (found := _shared()) is not None:
            return found
    return None


def _read_anew() -> list[Family] | None:
    began = monotonic()
    try:
        with database_patience(PATIENCE_SECONDS):
            standing = report_standing()
    except (DatabaseError, InterfaceError) as error:
        log.warning("standing_not_read", error=reason_of(error))
        return None
    return figures_of(standing, broker=look_at_broker(), read_at=time(), reading_seconds=monotonic() - began)


standing_reader = StandingReader()
