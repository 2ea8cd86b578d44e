from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from cli.ports import find_free_port
from infrastructure.http_client import MOST_ANSWER_BYTES, AnswerTooLarge, fetch, make_client
from tests.infrastructure.raw_server import (
    answering,
    answering_once,
    hanging,
    http_answer,
    raw_server,
    resetting_after_reading,
    resetting_before_reading,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infrastructure.raw_server import Behaviour, Conversation

DEADLINE_SECONDS = 0.6
# Beyond the deadline only what a busy machine takes to notice it.
LATEST_SECONDS = 2.0
OK = http_answer(b"ok")


@contextmanager
def client_of(url: str) -> Iterator[httpx.Client]:
    with make_client(base_url=url, connect_seconds=1.0, total_seconds=DEADLINE_SECONDS) as client:
        yield client


def get(client: httpx.Client, path: str = "/") -> tuple[int, bytes]:
    return fetch(client, "GET", path, deadline_seconds=DEADLINE_SECONDS)


def get_from(behaviour: Behaviour) -> tuple[int, bytes]:
    with raw_server(behaviour) as server, client_of(server.url) as client:
        return get(client)


def drip_head(conversation: Conversation) -> None:
    conversation.read_request()
    conversation.drip(http_answer(b"", headers=(f"X-Long: {'x' * 60}",)), pause_seconds=0.05)


def drip_body(conversation: Conversation) -> None:
    body = b"x" * 100
    conversation.read_request()
    conversation.send(http_answer(body).removesuffix(body))
    conversation.drip(body, pause_seconds=0.05)


def send_half_late_and_hang(conversation: Conversation) -> None:
    conversation.read_request()
    conversation.send(http_answer(b"xx").removesuffix(b"xx"))
    time.sleep(DEADLINE_SECONDS * 0.8)
    conversation.send(b"x")
    conversation.hang()


def send_without_end(conversation: Conversation) -> None:
    conversation.read_request()
    conversation.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        conversation.send(b"10000\r\n" + bytes(0x10000) + b"\r\n")


def test_it_gives_status_and_body_whatever_the_status() -> None:
    for status, expected in (("200 OK", 200), ("404 Not Found", 404), ("500 Broken", 500)):
        assert get_from(answering(http_answer(b'{"a": 1}', status=status))) == (expected, b'{"a": 1}')


@pytest.mark.parametrize(
    "behaviour",
    [
        hanging,
        drip_body,
        send_half_late_and_hang,
        drip_head,
    ],
)
def test_it_waits_no_longer_than_the_deadline(behaviour: Behaviour) -> None:
    with raw_server(behaviour) as server, client_of(server.url) as client:
        started = time.monotonic()
        with pytest.raises(httpx.TimeoutException):
            get(client)
        assert time.monotonic() - started < LATEST_SECONDS
        assert server.connections == 1


@pytest.mark.parametrize(
    "behaviour", [answering_once(http_answer(bytes(MOST_ANSWER_BYTES + 1))), send_without_end]
)
def test_it_stops_reading_an_answer_that_is_too_large(behaviour: Behaviour) -> None:
    with (
        raw_server(behaviour) as server,
        make_client(base_url=server.url, connect_seconds=1, total_seconds=10) as client,
    ):
        with pytest.raises(AnswerTooLarge):
            fetch(client, "GET", "/", deadline_seconds=10)
        server.behaviour = answering(OK)
        assert fetch(client, "GET", "/", deadline_seconds=10) == (200, b"ok")


def test_it_reads_an_answer_of_the_largest_size() -> None:
    with (
        raw_server(answering(http_answer(bytes(MOST_ANSWER_BYTES)))) as server,
        make_client(base_url=server.url, connect_seconds=1, total_seconds=10) as client,
    ):
        _, body = fetch(client, "GET", "/", deadline_seconds=10)
    assert len(body) == MOST_ANSWER_BYTES


def test_it_follows_no_redirect() -> None:
    with raw_server(answering(OK)) as elsewhere:
        away = http_answer(b"", status="307 Temporary Redirect", headers=(f"Location: {elsewhere.url}/",))
        assert get_from(answering(away)) == (307, b"")
        assert elsewhere.connections == 0


def test_it_uses_no_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with raw_server(answering(http_answer(b"of the proxy"))) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        # The environment counts when a client is made, and httpx would have listened to it.
        with httpx.Client() as obedient:
            assert obedient.get("http://127.0.0.1:9/").text == "of the proxy"
        assert get_from(answering(OK)) == (200, b"ok")
        assert proxy.connections == 1


@pytest.mark.parametrize(
    "behaviour",
    [
        resetting_before_reading,
        resetting_after_reading,
        answering_once(b""),
        answering_once(OK[:-1]),
        answering_once(b"220 mail.acme.test ESMTP\r\n"),
    ],
)
def test_it_sends_once_whatever_becomes_of_it(behaviour: Behaviour) -> None:
    with raw_server(behaviour) as server, client_of(server.url) as client:
        with pytest.raises(httpx.TransportError):
            get(client)
        assert server.connections == 1


def test_it_does_not_repeat_what_the_server_could_not_do() -> None:
    unavailable = http_answer(b"", status="503 Unavailable", headers=("Retry-After: 0",))
    with raw_server(answering(unavailable)) as server, client_of(server.url) as client:
        assert get(client) == (503, b"")
        assert server.connections == 1


def test_it_says_when_there_is_no_connection() -> None:
    port = find_free_port()
    with client_of(f"http://127.0.0.1:{port}") as client, pytest.raises(httpx.ConnectError):
        get(client)


def test_it_keeps_a_connection_open_between_calls() -> None:
    with raw_server(answering(OK)) as server, client_of(server.url) as client:
        assert [get(client), get(client)] == [(200, b"ok")] * 2
        assert server.connections == 1


def test_it_opens_another_connection_when_the_server_has_closed_the_idle_one() -> None:
    with raw_server(answering_once(OK)) as server, client_of(server.url) as client:
        for expected in (1, 2):
            assert get(client) == (200, b"ok")
            assert server.connections == expected
            time.sleep(0.05)  # the server's end is on its way


def test_it_asks_for_an_answer_that_is_not_packed() -> None:
    heads: list[bytes] = []

    def keep_the_head(conversation: Conversation) -> None:
        heads.append(conversation.read_request().lower())
        conversation.send(OK)

    get_from(keep_the_head)
    assert b"gzip" not in heads[0]
