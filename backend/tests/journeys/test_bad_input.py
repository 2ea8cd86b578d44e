"""The table of bad input over real HTTP: a clear refusal that names the field, nothing stored, nothing half done.

The same key from many connections, and dependencies that are away, are shown by `test_a_client_pays`,
`test_things_break` and `tests.chaos`.
"""

from __future__ import annotations

import json
import socket
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from tests.journeys.bad_input import bodies, numbers, questions, senders, texts
from tests.journeys.bad_input.row import A_PAYOUT, A_RECIPIENT, NEVER_STORED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.journeys.bad_input.row import RawRow, Row
    from tests.journeys.stack import Stack

ROWS = (*texts.ROWS, *numbers.ROWS, *bodies.ROWS, *questions.ROWS, *senders.ROWS)
RAW_ROWS = senders.RAW_ROWS
STORED = """
    SELECT (SELECT count(*) FROM payouts_payout), (SELECT count(*) FROM payouts_recipient),
           (SELECT count(*) FROM events_event WHERE actor LIKE 'api-key:%')
"""


@pytest.fixture(scope="module")
def client(service: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.ready["url"], timeout=10, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def payout_id(service: Stack) -> int:
    return int(service.add_payout("bad-input-about-this")["id"])


@pytest.fixture(scope="module", autouse=True)
def _nothing_is_stored_and_nothing_fails(service: Stack, payout_id: int) -> Iterator[None]:  # noqa: ARG001  made before the count
    log = service.home / "logs" / "web.log"
    before, read_before = _stored(service), log.stat().st_size
    yield
    assert _stored(service) == before
    written = log.read_bytes()[read_before:].decode(errors="replace")
    assert "Traceback" not in written
    assert '"level": "error"' not in written
    assert NEVER_STORED not in service.http.get("/api/payouts/?page_size=100").text


def _stored(stack: Stack) -> Any:
    with psycopg.connect(stack.ready["database_url"]) as connection:
        return connection.execute(STORED).fetchone()


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_it_refuses(service: Stack, client: httpx.Client, payout_id: int, row: Row) -> None:
    answer = client.send(_request_of(row, service, payout_id))
    problem = answer.json()

    assert (answer.status_code, problem["status"], problem["code"]) == (row.status, row.status, row.code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Request-ID"] == problem["request_id"] != ""
    named = [f"{error['field']} {error['code']}" for error in problem.get("errors", [])]
    assert row.named is None or row.named in named


def _request_of(row: Row, service: Stack, payout_id: int) -> httpx.Request:
    # In a body that was written as JSON the stand-in is a text, and what it stands for a number.
    recipient = str(service.ready["recipient_id"]).encode()
    content = row.content.replace(f'"{A_RECIPIENT}"'.encode(), recipient).replace(
        A_RECIPIENT.encode(), recipient
    )
    key = {"Authorization": service.http.headers["Authorization"]} if row.has_key else {}
    address = service.ready["url"] + row.path.replace(A_PAYOUT, str(payout_id))
    return httpx.Request(row.method, address, content=content, headers=_encoded({**key, **row.headers}))


def _encoded(headers: Mapping[str, str | bytes]) -> list[tuple[bytes, bytes]]:
    return [
        (name.encode(), value.encode() if isinstance(value, str) else value)
        for name, value in headers.items()
    ]


@pytest.mark.parametrize("row", RAW_ROWS, ids=str)
def test_it_refuses_what_no_client_would_send(service: Stack, row: RawRow) -> None:
    head, _, body = _answer_to(service, row.request).partition(b"\r\n\r\n")
    assert head.split()[1:2] == [str(row.status).encode()], head
    problem = json.loads(body)

    assert (problem["status"], problem["code"]) == (row.status, row.code)
    assert b"Content-Type: application/problem+json" in head
    assert problem["request_id"].encode() in head


def _answer_to(stack: Stack, request: bytes) -> bytes:
    """What is said on one connection of which our end is closed."""
    address = urlsplit(stack.ready["url"])
    with socket.create_connection((address.hostname, address.port), timeout=10) as client:
        client.sendall(request)
        client.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := client.recv(65_536):
            answer += piece
    return answer


def test_it_has_many_examples_of_every_class() -> None:
    examples = Counter([row.kind for row in ROWS] + [row.kind for row in RAW_ROWS])
    assert examples.total() >= 300
    assert min(examples.values()) >= 3, examples
    names = [str(row) for row in (*ROWS, *RAW_ROWS)]
    assert len(names) == len(set(names)), [name for name, count in Counter(names).items() if count > 1]
