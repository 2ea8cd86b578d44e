from __future__ import annotations

import http.client
import socket
from contextlib import contextmanager
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from django.core.cache import caches

from infrastructure.metrics import exposition
from infrastructure.metrics.ended_processes import CountsAreBusyError
from infrastructure.metrics.server import MOST_AT_ONCE, MetricsServer
from tests.infrastructure.metrics.counted import values_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django import Settings

TOKEN = "a-token-for-metrics-of-which-nobody-knows"


@pytest.fixture(autouse=True)
def _tells_counts_only(settings: Settings) -> None:
    settings.ROLE = "relay"
    settings.METRICS_TOKEN = ""


@contextmanager
def server(*, port: int = 0, shares_port: bool = False) -> Iterator[int]:
    with MetricsServer(("127.0.0.1", port), shares_port=shares_port) as running:
        Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield running.server_address[1]
        finally:
            running.shutdown()


def ask(port: int, path: str = "/metrics", **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_it_tells_metrics_whatever_host_is_asked_for() -> None:
    with server() as port:
        status, text = ask(port, Host="10.1.2.3")
        assert status == 200
        assert values_in(text, "payouts_build_info", role="relay") == [1]
        assert ask(port, "/metrics?x=1")[0] == 200


@pytest.mark.parametrize("path", ["/", "/metricsx", "/api/payouts/", "/metrics/"])
def test_it_has_nothing_else_to_tell(path: str) -> None:
    with server() as port:
        assert ask(port, path) == (404, "")


def test_it_asks_for_the_token_where_one_is_set(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN
    with server() as port:
        assert ask(port)[0] == 401
        assert ask(port, Authorization=f"Bearer {TOKEN}x")[0] == 401
        assert ask(port, Authorization=TOKEN)[0] == 401
        assert ask(port, Authorization=f"Basic {TOKEN}")[0] == 401
        assert ask(port, Authorization=f"Bearer {TOKEN}")[0] == 200
        assert ask(port, Authorization=f"bearer {TOKEN}")[0] == 200


def test_it_says_so_when_the_counts_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_self: object) -> None:
        raise CountsAreBusyError

    monkeypatch.setattr(exposition._Counts, "collect", fail)
    with server() as port:
        assert ask(port) == (503, "")


def test_it_shares_its_port_with_those_who_share_their_counts() -> None:
    with server(shares_port=True) as port, server(port=port, shares_port=True):
        assert ask(port)[0] == 200


def test_it_has_the_port_for_itself_otherwise() -> None:
    with server() as port, pytest.raises(OSError, match="in use"), server(port=port):
        pass


def test_it_answers_while_others_say_nothing() -> None:
    with server() as port:
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(MOST_AT_ONCE - 1)]
        assert ask(port)[0] == 200
        for one in silent:
            one.close()


def test_it_lets_no_crowd_in() -> None:
    with server() as port:
        silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(MOST_AT_ONCE)]
        with pytest.raises((http.client.HTTPException, OSError)):
            ask(port)
        for one in silent:
            one.close()
    caches.close_all()
