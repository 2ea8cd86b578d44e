from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.db import connection

from heartbeats.models import Heartbeat
from heartbeats.pulse import BEAT_SECONDS, Pulse, this_process
from heartbeats.signs_of_life import Role
from tests.events.relay_process import database_url, relay_process, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from structlog.typing import EventDict

pytestmark = pytest.mark.django_db(transaction=True)


class Clock:
    """Stands still until it is moved; in seconds."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@contextmanager
def locked(table: str) -> Iterator[None]:
    """Whoever reads or writes the table waits, until its lock time-out."""
    with psycopg.connect(database_url()) as elsewhere:
        elsewhere.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
        elsewhere.rollback()


def is_known() -> bool:
    return Heartbeat.objects.exists()


def test_it_names_every_process_differently() -> None:
    assert len({this_process() for _ in range(5)}) > 1


def test_it_beats_at_most_every_few_seconds() -> None:
    clock = Clock()
    pulse = Pulse(role=Role.RELAY, instance="one", clock=clock)
    pulse.show()
    assert is_known()

    Heartbeat.objects.all().delete()
    clock.seconds += BEAT_SECONDS - 1
    pulse.show()
    assert not is_known()

    clock.seconds += 1
    pulse.show()
    assert is_known()


def test_it_lets_work_go_on_when_it_cannot_be_written(log_lines: list[EventDict]) -> None:
    clock = Clock()
    pulse = Pulse(role=Role.RELAY, instance="one", clock=clock)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")

    with locked("heartbeats_heartbeat"):
        pulse.show()
    (line,) = log_lines
    assert (line["log_level"], line["event"]) == ("warning", "heartbeat_not_written")

    pulse.show()  # not at once: a database that is away is not asked after each piece of work
    assert not is_known()
    clock.seconds += BEAT_SECONDS
    pulse.show()
    assert is_known()


def test_it_beats_for_a_relay_that_gets_round_even_with_nothing_to_do(tmp_path: Path) -> None:
    with relay_process(tmp_path / "log"):
        wait_until(is_known)
        heartbeat = Heartbeat.objects.get()
        assert heartbeat.role == "relay"
        wait_until(lambda: Heartbeat.objects.get().beat_at > heartbeat.beat_at)


def test_it_does_not_beat_for_a_relay_that_is_held_up(tmp_path: Path) -> None:
    with locked("events_pendingevent"), relay_process(tmp_path / "log") as relay:
        wait_until(lambda: relay.has_said("relay_cannot_reach_database"))
        assert not is_known()
