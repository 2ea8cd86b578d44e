"""Several web processes behind one port for metrics: whoever is asked tells for all, also for the dead."""

from __future__ import annotations

import http.client
import os
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.config.test_web_process import Web, free_port, running_web, wait_for
from tests.config.web_measures import HOST
from tests.infrastructure.metrics.counted import values_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


NO_HTTP = b"\x00\r\n\r\n"


@pytest.fixture(scope="module")
def metrics_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, metrics_port: int) -> Path:
    return tmp_path_factory.mktemp("counts") / f"web-{metrics_port}"


@pytest.fixture(scope="module")
def web(metrics_port: int, folder: Path) -> Iterator[Web]:
    environment = {
        "PAYOUTS_ROLE": "web",
        "METRICS_PORT": str(metrics_port),
        "METRICS_DIRECTORY": str(folder.parent),
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
    }
    with running_web(application="tests.config.measured_web:application", environment=environment) as running:
        yield running


def scrape(port: int) -> str:
    connection = http.client.HTTPConnection(HOST, port, timeout=15)
    try:
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        assert answer.status == 200
        return answer.read().decode()
    finally:
        connection.close()


def refused(port: int) -> float:
    (count,) = values_in(scrape(port), "payouts_http_refused_total", reason="malformed_request")
    return count


def knock(web: Web, times: int) -> None:
    for _ in range(times):
        assert b" 400 " in web.answer_to(NO_HTTP)


def test_it_tells_the_same_sum_whichever_process_is_asked(web: Web, metrics_port: int, folder: Path) -> None:
    before = refused(metrics_port)
    knock(web, 12)
    assert {refused(metrics_port) for _ in range(8)} == {before + 12}
    assert len(list(folder.glob("counter_*.db"))) >= 2


def test_it_keeps_what_a_killed_process_has_counted(web: Web, metrics_port: int, folder: Path) -> None:
    knock(web, 6)
    before = refused(metrics_port)
    killed = web.workers()
    for worker in killed:
        os.kill(worker, signal.SIGKILL)
    wait_for(web, lambda: not set(killed) & set(web.workers()) and web.has_all_workers())
    wait_for(web, lambda: not any((folder / f"counter_{worker}.db").exists() for worker in killed))

    wait_for(web, lambda: is_served(metrics_port))
    assert {refused(metrics_port) for _ in range(8)} == {before}
    knock(web, 4)
    assert {refused(metrics_port) for _ in range(8)} == {before + 4}


def test_it_goes_on_counting_over_a_restart_of_its_workers(web: Web, metrics_port: int) -> None:
    before = refused(metrics_port)
    old = web.workers()
    web.restart()
    wait_for(web, lambda: not set(old) & set(web.workers()) and web.has_all_workers())
    wait_for(web, lambda: is_served(metrics_port))
    knock(web, 3)
    assert refused(metrics_port) == before + 3


def test_it_says_that_it_runs_and_that_it_cannot_tell_more(web: Web, metrics_port: int) -> None:
    text = scrape(metrics_port)
    assert web.process.poll() is None
    assert values_in(text, "payouts_build_info", role="web") == [1]


def is_served(port: int) -> bool:
    time.sleep(0.02)
    try:
        scrape(port)
    except (OSError, http.client.HTTPException):
        return False
    return True
