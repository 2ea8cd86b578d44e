"""The database goes away in front of a running web, while twenty clients go on asking."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import psycopg
import pytest
from django.conf import settings

from config.web_capacity import web_capacity
from tests.database.own_web import Clients, own_web

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.database.own_postgres import OwnPostgres
    from tests.database.own_web import Answer, OwnWeb

# A request waits for its turn, and then for the database.
LONGEST_SECONDS = web_capacity().patience_seconds + settings.DATABASE_PATIENCE_SECONDS + 1.0
WELL_AGAIN_SECONDS = 3.0
CLIENTS = 20


@pytest.fixture(scope="module")
def web(postgres: OwnPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnWeb]:
    with own_web(postgres, tmp_path_factory.mktemp("web")) as running:
        yield running


def test_it_answers_503_in_time_while_the_server_is_stopped(web: OwnWeb, postgres: OwnPostgres) -> None:
    with Clients(web, count=CLIENTS, prefix="stopped") as clients:
        time.sleep(2)
        with postgres.frozen():
            stopped = time.monotonic()
            time.sleep(LONGEST_SECONDS + 3)
            back = time.monotonic()
        well_after_seconds = clients.wait_until_well(back)
        time.sleep(1)

    _report("SIGSTOP", clients.asked_between(stopped - LONGEST_SECONDS, back), well_after_seconds)
    during = clients.asked_between(stopped, back - LONGEST_SECONDS)
    assert {answer.status for answer in during} == {503}
    _ensure_problems(clients.answers)
    assert _slowest(clients.answers) <= LONGEST_SECONDS
    assert well_after_seconds <= WELL_AGAIN_SECONDS
    _ensure_nothing_is_lost(web, clients)


def test_it_is_well_soon_after_the_server_was_killed(web: OwnWeb, postgres: OwnPostgres) -> None:
    with Clients(web, count=CLIENTS, prefix="killed") as clients:
        for _ in range(3):
            time.sleep(1)
            killed = time.monotonic()
            postgres.kill()
            time.sleep(2)
            back = postgres.start_again()
            well_after_seconds = clients.wait_until_well(back)
            _report("SIGKILL", clients.asked_between(killed, back), well_after_seconds)
            assert well_after_seconds <= WELL_AGAIN_SECONDS

    assert {answer.status for answer in clients.answers} == {200, 201, 503}
    _ensure_problems(clients.answers)
    assert _slowest(clients.answers) <= LONGEST_SECONDS
    _ensure_nothing_is_lost(web, clients)


def test_it_answers_503_in_time_behind_a_lock(web: OwnWeb, postgres: OwnPostgres) -> None:
    with Clients(web, count=CLIENTS, prefix="locked") as clients:
        time.sleep(1)
        with psycopg.connect(postgres.url) as holder:
            holder.execute("LOCK TABLE payouts_payout IN ACCESS EXCLUSIVE MODE")
            locked = time.monotonic()
            time.sleep(LONGEST_SECONDS + 3)
            freed = time.monotonic()
        well_after_seconds = clients.wait_until_well(freed)

    _report("LOCK", clients.asked_between(locked, freed), well_after_seconds)
    assert {answer.status for answer in clients.asked_between(locked, freed - LONGEST_SECONDS)} == {503}
    _ensure_problems(clients.answers)
    assert _slowest(clients.answers) <= LONGEST_SECONDS
    assert well_after_seconds <= WELL_AGAIN_SECONDS


def test_it_answers_at_once_when_no_connection_is_to_be_had(web: OwnWeb, postgres: OwnPostgres) -> None:
    clients = Clients(web, count=CLIENTS, prefix="slots")
    with ExitStack() as running:
        with postgres.without_slots(taken_from="payouts-web"):
            full = time.monotonic()
            running.enter_context(clients)
            time.sleep(3)
            freed = time.monotonic()
        well_after_seconds = clients.wait_until_well(freed)

    during = clients.asked_between(full, freed - 1)
    _report("SLOTS", during, well_after_seconds)
    assert {answer.status for answer in during} == {503}
    _ensure_problems(clients.answers)
    assert _slowest(during) <= 1.0
    assert well_after_seconds <= WELL_AGAIN_SECONDS


def _ensure_problems(answers: Sequence[Answer]) -> None:
    for answer in answers:
        if answer.status == 503:
            assert int(answer.headers["Retry-After"]) > 0
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.body["code"] in {"database_unavailable", "overloaded"}


def _ensure_nothing_is_lost(web: OwnWeb, clients: Clients) -> None:
    assert clients.acknowledged
    for payout_id in clients.acknowledged.values():
        assert web.ask("GET", f"/api/payouts/{payout_id}/").status == 200


def _slowest(answers: Sequence[Answer]) -> float:
    return max(answer.seconds for answer in answers)


def _report(fault: str, answers: Sequence[Answer], well_after_seconds: float) -> None:
    counts = {status: [a.status for a in answers].count(status) for status in {a.status for a in answers}}
    print(f"{fault}: {counts}, slowest {_slowest(answers):.2f} s, well {well_after_seconds:.2f} s after")  # noqa: T201  figures for people
