from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from heartbeats.signs_of_life import Role, SignOfLife
from infrastructure.brokers.wake_ups import Broker
from infrastructure.metrics import standing
from infrastructure.metrics.standing import StandingReader
from infrastructure.metrics.standing_figures import MOST_PROCESSES, figures_of
from payouts.domain.standing import OpenPayouts, Standing, Waiting
from payouts.domain.status import Stage
from tests.factories import NOON, make_payout

if TYPE_CHECKING:
    from collections.abc import Iterable

    from infrastructure.metrics.standing_figures import Family
    from payouts.models import Recipient
    from tests.infrastructure.own_valkey import OwnValkey

STATEMENTS = 7


def a_standing(*, signs: Iterable[SignOfLife] = (), open_payouts: Iterable[OpenPayouts] = ()) -> Standing:
    return Standing(
        heartbeats=tuple(signs),
        markers=Waiting(3, timedelta(seconds=7)),
        due={"sandbox": Waiting(2, timedelta(seconds=90))},
        open_payouts=tuple(open_payouts),
        expired_leases=Waiting(),
        held=Waiting(1, timedelta(minutes=5)),
        not_asked_about=Waiting(),
    )


def told(families: Iterable[Family] | None, name: str, **labels: str) -> list[float]:
    assert families is not None
    return [
        value
        for family in families
        if family["name"] == name
        for found, value in family["samples"]
        if labels.items() <= found.items()
    ]


def figures(shown: Standing, broker: Broker | None = None) -> list[Family]:
    return figures_of(shown, broker=broker, read_at=1.0, reading_seconds=0.1)


def sign(role: Role, number: int, age_seconds: float) -> SignOfLife:
    return SignOfLife(role, f"host:{number}", NOON, timedelta(seconds=age_seconds))


def test_it_tells_what_waits_and_for_how_long() -> None:
    shown = figures(a_standing())
    assert told(shown, "payouts_due", rail="sandbox") == [2]
    assert told(shown, "payouts_due_oldest_age_seconds", rail="sandbox") == [90]
    assert told(shown, "payouts_markers") == [3]
    assert told(shown, "payouts_markers_oldest_age_seconds") == [7]
    assert told(shown, "payouts_held_oldest_age_seconds") == [300]
    assert told(shown, "payouts_expired_leases_oldest_age_seconds") == [0]


def test_it_tells_every_open_stage_of_every_rail_also_of_one_that_is_no_more() -> None:
    unknown = OpenPayouts("gone", Stage.UNKNOWN, Waiting(4, timedelta(seconds=11)))
    shown = figures(a_standing(open_payouts=[unknown]))
    assert told(shown, "payouts_open", rail="gone", status="PROCESSING", stage="unknown") == [4]
    assert told(shown, "payouts_open_oldest_age_seconds", rail="gone", stage="unknown") == [11]
    assert told(shown, "payouts_open", rail="sandbox", status="NEW", stage="ready") == [0]
    assert len(told(shown, "payouts_open")) == 3 * 10


def test_it_tells_who_lives_and_of_each_role_only_the_youngest() -> None:
    relays = [sign(Role.RELAY, number, 31.0 + number) for number in range(MOST_PROCESSES + 9)]
    shown = figures(a_standing(signs=[*reversed(relays), sign(Role.BEAT, 1, 4.0)]))
    assert told(shown, "payouts_processes_alive", role="relay") == [0]
    assert told(shown, "payouts_processes_alive", role="beat") == [1]
    assert told(shown, "payouts_processes_alive", role="worker") == [0]
    assert told(shown, "payouts_heartbeat_age_seconds", role="relay", process="host:0") == [31]
    assert len(told(shown, "payouts_heartbeat_age_seconds", role="relay")) == MOST_PROCESSES


def test_it_tells_of_the_broker_while_it_is_there() -> None:
    there = figures(a_standing(), Broker(waiting=5, in_work=2, software="Valkey"))
    assert told(there, "payouts_broker_messages", state="waiting") == [5]
    assert told(there, "payouts_broker_messages", state="in_work") == [2]
    assert told(figures(a_standing()), "payouts_broker_messages") == []


def test_it_leaves_out_what_the_broker_does_not_tell() -> None:
    rabbit = figures(a_standing(), Broker(waiting=5, in_work=None, software="RabbitMQ"))
    assert told(rabbit, "payouts_broker_messages") == [5]


def test_it_can_be_kept_as_json() -> None:
    shown = figures(a_standing())
    assert told(json.loads(json.dumps(shown)), "payouts_due", rail="sandbox") == [2]


@pytest.mark.django_db
@pytest.mark.usefixtures("valkey")
def test_it_reads_once_for_all_who_ask_within_some_seconds(recipient: Recipient) -> None:
    make_payout(recipient)
    web, another_web = StandingReader(), StandingReader()
    with CaptureQueriesContext(
        connection,
    ) as first:
        assert told(web.read(), "payouts_open", rail="sandbox", stage="ready") == [1]
    assert len(first) == STATEMENTS
    with CaptureQueriesContext(connection) as others:
        for reader in (web, another_web, another_web):
            assert told(reader.read(), "payouts_open", rail="sandbox", stage="ready") == [1]
    assert len(others) == 0


@pytest.mark.django_db
def test_it_reads_for_itself_while_redis_is_away_and_no_more_often(valkey: OwnValkey) -> None:
    valkey.kill()
    web = StandingReader()
    with CaptureQueriesContext(connection) as asked:
        assert all(web.read() for _ in range(5))
    assert len(asked) == STATEMENTS


@pytest.mark.django_db
@pytest.mark.usefixtures("valkey")
def test_it_reads_anew_when_what_it_knows_has_become_old(
    recipient: Recipient, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = StandingReader()
    assert told(web.read(), "payouts_open", rail="sandbox", stage="ready") == [0]
    make_payout(recipient)
    cache.clear()
    moment = time.monotonic() + standing.LIFETIME_SECONDS + 1
    monkeypatch.setattr(standing, "monotonic", lambda: moment)
    assert told(web.read(), "payouts_open", rail="sandbox", stage="ready") == [1]


@pytest.mark.django_db
@pytest.mark.usefixtures("valkey")
def test_it_reads_after_all_when_whoever_has_the_turn_does_not_come_to_an_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(standing, "_WAIT_SECONDS", 0.2)
    cache.add(standing._TURN, 1, 60)
    assert StandingReader().read() is not None


@pytest.mark.django_db
@pytest.mark.usefixtures("valkey")
def test_it_takes_what_another_has_read_meanwhile() -> None:
    cache.add(standing._TURN, 1, 60)
    cache.set(standing._SHARED, [{"name": "payouts_markers", "words": "", "samples": [[{}, 77]]}], 60)
    assert told(StandingReader()._read_in_turn(), "payouts_markers") == [77]


@pytest.mark.django_db
def test_it_keeps_what_took_long_to_read_for_longer(
    monkeypatch: pytest.MonkeyPatch, valkey: OwnValkey
) -> None:
    def read_slowly() -> Standing:
        time.sleep(1.0)
        return a_standing()

    monkeypatch.setattr(standing, "report_standing", read_slowly)
    StandingReader().read()
    with valkey.cache_client() as client:
        assert client.ttl(cache.make_key(standing._SHARED)) > standing.LIFETIME_SECONDS * 1.5


@pytest.mark.usefixtures("valkey")
def test_it_tells_nothing_when_the_database_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Standing:
        raise OperationalError("canceling statement due to statement timeout")

    monkeypatch.setattr(standing, "report_standing", fail)
    assert StandingReader().read() is None
