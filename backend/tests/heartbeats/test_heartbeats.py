from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from heartbeats.models import Heartbeat
from heartbeats.repositories import beat
from heartbeats.selectors import list_heartbeats
from heartbeats.signs_of_life import Role

pytestmark = pytest.mark.django_db(transaction=True)


def let_pass(time: timedelta) -> None:
    """As if this time had passed for every heartbeat."""
    Heartbeat.objects.update(beat_at=F("beat_at") - time, first_beat_at=F("first_beat_at") - time)


def known() -> list[tuple[str, str]]:
    return [(sign.role.value, sign.instance) for sign in list_heartbeats()]


def test_it_shows_the_last_sign_of_each_process_by_the_databases_clock() -> None:
    beat(role=Role.RELAY, instance="old")
    beat(role=Role.WORKER, instance="only")
    let_pass(timedelta(seconds=40))
    beat(role=Role.RELAY, instance="young")

    signs = list_heartbeats()

    assert known() == [("relay", "young"), ("relay", "old"), ("worker", "only")]
    assert [sign.age.total_seconds() // 40 for sign in signs] == [0, 1, 1]
    assert [sign.is_late for sign in signs] == [False, True, False]


def test_it_beats_again_in_the_row_of_the_first_time() -> None:
    beat(role=Role.RELAY, instance="one")
    let_pass(timedelta(hours=1))
    first = Heartbeat.objects.get()

    beat(role=Role.RELAY, instance="one")

    again = Heartbeat.objects.get()
    assert again.first_beat_at == first.first_beat_at
    assert again.beat_at - first.beat_at > timedelta(minutes=59)


def test_it_forgets_those_that_have_been_silent_for_a_day() -> None:
    beat(role=Role.RELAY, instance="long gone")
    let_pass(timedelta(hours=2))
    beat(role=Role.RELAY, instance="gone")
    beat(role=Role.WORKER, instance="frozen for a day")
    let_pass(timedelta(hours=23))

    beat(role=Role.RELAY, instance="started anew")
    assert known() == [("relay", "started anew"), ("relay", "gone"), ("worker", "frozen for a day")]

    let_pass(timedelta(hours=2))
    beat(role=Role.WORKER, instance="frozen for a day")
    assert known() == [("relay", "started anew"), ("worker", "frozen for a day")]


def test_it_costs_one_statement() -> None:
    with CaptureQueriesContext(connection) as queries:
        beat(role=Role.RELAY, instance="one")
    assert [query["sql"].split()[0] for query in queries] == ["BEGIN", "WITH", "COMMIT"]


def test_it_is_no_part_of_another_transaction() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="a transaction of its own"):
        beat(role=Role.RELAY, instance="one")
    assert known() == []


def test_it_lets_the_children_of_a_worker_beat_at_once() -> None:
    start = threading.Barrier(4)

    def beat_often() -> None:
        try:
            start.wait()
            for _ in range(25):
                beat(role=Role.WORKER, instance="one")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as children:
        for child in [children.submit(beat_often) for _ in range(4)]:
            child.result()
    assert known() == [("worker", "one")]


def test_it_leaves_out_roles_of_another_version() -> None:
    Heartbeat.objects.create(role="courier", instance="of the next version")
    assert list_heartbeats() == []
