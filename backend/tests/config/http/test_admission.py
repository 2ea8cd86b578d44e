from __future__ import annotations

import json
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections
from django.http import HttpResponse

from config.interfaces.http.admission import Admission
from config.web_capacity import WebCapacity
from tests.infrastructure.metrics.counted import Rise

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

IN_WORK = 2
WAITING = WebCapacity(in_work=IN_WORK).waiting


@dataclass
class Work:
    """An application that is busy until it may go on."""

    may_go_on: Event = field(default_factory=Event)
    busy: int = 0
    most_busy: int = 0
    _counting: Lock = field(default_factory=Lock)

    def __call__(self, _environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self._count(1)
        assert self.may_go_on.wait(10)
        self._count(-1)
        start_response("200 OK", [])
        return [b"done"]

    def _count(self, change: int) -> None:
        with self._counting:
            self.busy += change
            self.most_busy = max(self.most_busy, self.busy)


@dataclass(frozen=True)
class Answer:
    status: str
    headers: dict[str, str]
    body: bytes


@pytest.fixture
def work() -> Iterator[Work]:
    work = Work()
    yield work
    work.may_go_on.set()


@pytest.fixture
def pool(work: Work) -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(20) as pool:
        yield pool
        work.may_go_on.set()


def admission(application: Any, *, patience_seconds: float = 10.0) -> Admission:
    return Admission(application, WebCapacity(in_work=IN_WORK, patience_seconds=patience_seconds))


def ask(door: Admission, path: str = "/api/payouts/") -> Answer:
    said: list[Any] = []
    body = door({"PATH_INFO": path}, lambda status, headers, *_: said.extend((status, headers)))  # type: ignore[arg-type]
    return Answer(said[0], dict(said[1]), b"".join(body))


def ask_many(pool: ThreadPoolExecutor, door: Admission, count: int) -> list[Future[Answer]]:
    asked = [pool.submit(ask, door) for _ in range(count)]
    time.sleep(0.2)  # until each has got as far as it gets
    return asked


def statuses(asked: list[Future[Answer]]) -> list[str]:
    return sorted(future.result(10).status for future in asked)


def test_it_lets_no_more_in_than_can_be_worked_on(work: Work, pool: ThreadPoolExecutor) -> None:
    asked = ask_many(pool, admission(work), IN_WORK + WAITING)
    busy = work.busy
    work.may_go_on.set()

    assert busy == IN_WORK
    assert statuses(asked) == ["200 OK"] * (IN_WORK + WAITING)
    assert work.most_busy == IN_WORK


def test_it_refuses_at_once_whom_it_has_no_place_for(work: Work, pool: ThreadPoolExecutor) -> None:
    door = admission(work)
    ask_many(pool, door, IN_WORK + WAITING)
    began = time.monotonic()
    refused = ask(door)

    assert time.monotonic() - began < 0.5
    assert refused.status == "503 Service Unavailable"


def test_it_refuses_who_has_waited_for_too_long(work: Work, pool: ThreadPoolExecutor) -> None:
    asked = ask_many(pool, admission(work, patience_seconds=0.05), IN_WORK + 1)
    work.may_go_on.set()

    assert statuses(asked) == ["200 OK"] * IN_WORK + ["503 Service Unavailable"]


def test_it_refuses_in_the_shape_of_every_problem(work: Work, pool: ThreadPoolExecutor) -> None:
    door = admission(work)
    ask_many(pool, door, IN_WORK + WAITING)
    refused = ask(door)
    problem = json.loads(refused.body)

    assert problem["code"] == "overloaded"
    assert problem["type"] == "/problems/overloaded"
    assert problem["request_id"] == refused.headers["X-Request-ID"]
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.headers["Content-Length"] == str(len(refused.body))
    assert int(refused.headers["Retry-After"]) > 0


def test_it_always_answers_how_it_is(work: Work, pool: ThreadPoolExecutor) -> None:
    door = admission(work)
    ask_many(pool, door, IN_WORK + WAITING)
    asked = pool.submit(ask, door, "/health/live/")
    time.sleep(0.1)
    work.may_go_on.set()

    assert asked.result(10).status == "200 OK"


@pytest.mark.parametrize("path", ["/health/ready/", "/metrics"])
def test_it_lets_whoever_watches_in(work: Work, pool: ThreadPoolExecutor, path: str) -> None:
    door = admission(work)
    ask_many(pool, door, IN_WORK + WAITING)
    asked = pool.submit(ask, door, path)
    work.may_go_on.set()
    assert asked.result(10).status == "200 OK"


def test_it_counts_whom_it_refuses(work: Work, pool: ThreadPoolExecutor) -> None:
    door, rise = admission(work), Rise()
    ask_many(pool, door, IN_WORK + WAITING)
    for _ in range(3):
        ask(door)
    assert rise.of("payouts_http_refused_total", reason="overloaded") == 3


@pytest.mark.parametrize("patience_seconds", [0.05, 10.0])
def test_it_has_its_places_back_afterwards(
    patience_seconds: float, work: Work, pool: ThreadPoolExecutor
) -> None:
    door = admission(work, patience_seconds=patience_seconds)
    first = ask_many(pool, door, 20)
    work.may_go_on.set()
    statuses(first)

    assert statuses(ask_many(pool, door, IN_WORK)) == ["200 OK"] * IN_WORK
    assert [ask(door).status for _ in range(20)] == ["200 OK"] * 20


def test_it_has_its_places_back_after_a_failure() -> None:
    def fail(_environ: WSGIEnvironment, _start_response: StartResponse) -> Iterable[bytes]:
        raise RuntimeError

    door = admission(fail, patience_seconds=0.05)
    for _ in range(20):
        with pytest.raises(RuntimeError):
            ask(door)


@pytest.fixture
def _no_look_at_connections() -> Iterator[None]:
    """As Django's own test client does: the end of a real request closes database connections."""
    request_finished.disconnect(close_old_connections)
    yield
    request_finished.connect(close_old_connections)


@pytest.mark.usefixtures("_no_look_at_connections")
def test_it_ends_the_work_before_the_client_reads() -> None:
    ended: list[str] = []

    def application(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        response = HttpResponse(b"all of it")
        response._resource_closers.append(lambda: ended.append("closed"))  # type: ignore[attr-defined]
        return response

    body = admission(application)({"PATH_INFO": "/"}, lambda *_: None)  # type: ignore[arg-type]

    assert ended == ["closed"]
    assert list(body) == [b"all of it"]


def test_it_leaves_files_to_the_server() -> None:
    file = iter([b"piece", b"piece"])

    assert admission(lambda *_: file)({"PATH_INFO": "/"}, lambda *_: None) is file  # type: ignore[arg-type]
