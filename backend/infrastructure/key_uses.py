"""When API keys were last used, told by the counters of their requests: no request writes it itself."""

from __future__ import annotations

from datetime import UTC, datetime

from celery import shared_task

from access.application.note_key_uses import note_key_uses as note
from access.selectors import list_public_ids_of_living
from database.clock import database_now
from infrastructure.rates import KEY_QUOTA, WINDOW_SECONDS, list_counted, window_of
from infrastructure.redis_breaker import call_redis


@shared_task
def note_key_uses() -> None:
    """Sweep: the minute in which each key was used last. Without Redis nobody knows, and nothing is noted."""
    now = database_now()
    living, present = list_public_ids_of_living(now), window_of(now.timestamp())
    # The window before as well, whose end came after the last sweep.
    for window in (present - 1, present):
        _note(living, window)


def _note(living: list[str], window: int) -> None:
    used = call_redis(lambda: list_counted(KEY_QUOTA, living, window=window))
    if used is not None:
        note(public_ids=used, used_at=datetime.fromtimestamp(window * WINDOW_SECONDS, UTC))
