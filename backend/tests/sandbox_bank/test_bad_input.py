import socket
from typing import Any

import pytest

from sandbox_bank.endpoints import LARGEST_BODY_BYTES
from tests.sandbox_bank.bank_client import BankClient, a_transfer

WRONG_FIELDS: list[dict[str, Any]] = [
    {"key": ""},
    {"key": None},
    {"key": 7},
    {"key": "k" * 501},
    {"key": "zero\0"},
    {"end_to_end_id": ""},
    {"account_number": None},
    {"currency": []},
    {"bank_code": 0},
    {"uetr": False},
    {"amount_minor": 0},
    {"amount_minor": -5},
    {"amount_minor": 12.5},
    {"amount_minor": True},
    {"amount_minor": "1250"},
    {"amount_minor": 10**16},
    {"valid_until": "tomorrow"},
    {"valid_until": True},
    {"valid_till": 1},
]


@pytest.mark.parametrize("wrong", WRONG_FIELDS, ids=repr)
def test_it_refuses_a_list_with_one_wrong_transfer_whole(bank: BankClient, wrong: dict[str, Any]) -> None:
    good, bad = a_transfer(), a_transfer() | wrong

    response = bank.post(good, bad)

    assert response.status_code == 400
    assert response.json()["error"].startswith("transfers[1]")
    assert bad["account_number"] is None or bad["account_number"] not in response.text
    assert bank.ledger() == []


def test_it_takes_a_transfer_without_its_optional_texts(bank: BankClient) -> None:
    transfer = a_transfer(uetr=None, bank_code="", country=None)
    del transfer["remittance_text"], transfer["valid_until"]

    assert bank.submit(transfer)[0]["status"] == "executed"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"transfers": []}',
        b'{"transfers": {}}',
        b'{"transfers": [1]}',
        b'{"transfers": [[]], "more": 1}',
        b'{"transfers": [{}]}',
        b'{"transfers": [{"valid_until": NaN}]}',
        b"[" * 100_000,
        rb'{"transfers": [{"key": "\ud800"}]}',
        b'{"transfers": [{"amount_minor": ' + b"9" * 5000 + b"}]}",
    ],
    ids=lambda body: repr(body[:40]),
)
def test_it_refuses_a_body_it_cannot_read(bank: BankClient, body: bytes) -> None:
    response = bank.http.post("/transfers", content=body)

    assert response.status_code == 400
    assert response.json()["error"]


def test_it_takes_a_thousand_transfers_and_no_more(bank: BankClient) -> None:
    transfers = [a_transfer() for _ in range(1001)]

    assert bank.post(*transfers).status_code == 400
    assert bank.ledger() == []
    assert len(bank.submit(*transfers[:1000])) == 1000
    assert bank.executed_keys() == [transfer["key"] for transfer in transfers[:1000]]


@pytest.mark.parametrize("query", ["", "?", "?key=", "?key=a&other=b", "?key=%ff", "?" + "key=a&" * 1001])
def test_it_refuses_an_inquiry_without_clear_keys(bank: BankClient, query: str) -> None:
    response = bank.http.get(f"/transfers{query}")

    assert response.status_code == 400
    assert response.json()["error"]


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/", 404, None),
        ("POST", "/ledgers", 404, None),
        ("POST", "/ledger", 405, "GET"),
        ("POST", "/health", 405, "GET"),
        ("DELETE", "/transfers", 405, None),
        ("PUT", "/behaviour", 405, None),
    ],
)
def test_it_refuses_other_paths_and_methods(
    bank: BankClient, method: str, path: str, status: int, allow: str | None
) -> None:
    response = bank.http.request(method, path)

    assert response.status_code == status
    assert response.headers.get("Allow") == allow
    assert response.json()["error"]


def test_it_answers_a_head_request_without_a_body(bank: BankClient) -> None:
    assert bank.http.head("/health").status_code == 405
    assert bank.http.get("/health").json() == {"status": "ok"}


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"POST /transfers HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (LARGEST_BODY_BYTES + 1), b"413"),
        (b"POST /transfers HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", b"413"),
        (b"POST /transfers HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (b"POST /transfers HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", b"400"),
        (b"POST /transfers HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", b"411"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/9.9\r\n\r\n", b"505"),
        (b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 200 + b"\r\n", b"431"),
    ],
    ids=lambda value: repr(value[:60]),
)
def test_it_refuses_what_is_not_http_as_it_speaks_it(bank: BankClient, head: bytes, status: bytes) -> None:
    answer = _exchange(bank, head)

    assert b'{"error": "' in answer
    assert answer.startswith(b"HTTP/1.1 " + status)


def test_it_refuses_a_body_shorter_than_stated(bank: BankClient) -> None:
    answer = _exchange(bank, b"POST /behaviour HTTP/1.1\r\nContent-Length: 50\r\n\r\n{}")

    assert answer.startswith(b"HTTP/1.1 400")
    assert b"shorter" in answer


def test_it_asks_for_the_body_of_a_client_that_expects_to_be_asked(bank: BankClient) -> None:
    body = b'{"latency_ms": 0}'
    head = (
        b"POST /behaviour HTTP/1.1\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    )
    with _connect(bank) as connection:
        connection.sendall(head % len(body))
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        connection.sendall(body)

        assert connection.recv(100).startswith(b"HTTP/1.1 200")


def test_it_outlives_a_client_that_goes_away(bank: BankClient) -> None:
    for _ in range(5):
        with _connect(bank) as connection:
            connection.sendall(b"GET /ledger HTTP/1.1\r\n\r\n")

    assert bank.http.get("/health").status_code == 200


def _connect(bank: BankClient) -> socket.socket:
    url = bank.http.base_url
    return socket.create_connection((url.host, url.port), timeout=5)


def _exchange(bank: BankClient, request: bytes) -> bytes:
    with _connect(bank) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while part := connection.recv(65_536):
            received += part
        return received
