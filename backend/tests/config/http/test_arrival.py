from __future__ import annotations

import pytest

from config.interfaces.http.arrival import LARGEST_BODY_BYTES, LARGEST_HEAD_BYTES, Arrival, Progress

COMING, WHOLE = Progress.COMING, Progress.WHOLE
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        POST + b"\r\n",
        POST + b"Content-Length: 5\r\n\r\nabcde",
        POST + b"content-length:5\r\nX: content-length: 9\r\n\r\nabcde",
        POST + b"X-Content-Length: 9\r\nContent-Length: \t5\t\r\n\r\n\r\n\r\nx",
    ],
)
def test_it_is_whole_with_its_last_byte(request_bytes: bytes) -> None:
    arrival = Arrival()
    progress = [arrival.take(bytes([byte])) for byte in request_bytes]

    assert progress == [COMING] * (len(request_bytes) - 1) + [WHOLE]
    assert arrival.data == request_bytes


def test_it_is_whole_with_more_than_one_request() -> None:
    assert Arrival().take(b"GET / HTTP/1.1\r\n\r\nGET /") is WHOLE


def test_it_waits_for_no_more_of_a_body_than_shows_that_it_is_too_large() -> None:
    arrival = Arrival()
    assert arrival.take(POST + b"Content-Length: 999999999\r\n\r\n") is COMING
    assert arrival.take(b"x" * (LARGEST_BODY_BYTES - 1)) is COMING
    assert arrival.take(b"x") is WHOLE
    assert arrival.is_cut


def test_it_is_not_cut_when_all_of_it_is_read() -> None:
    arrival = Arrival()
    arrival.take(POST + b"Content-Length: %d\r\n\r\n" % LARGEST_BODY_BYTES)
    assert not arrival.is_cut


@pytest.mark.parametrize("length", [b"-1", b"x", b"1x", b"", b"9" * 5_000])
def test_it_leaves_nonsense_to_the_parser(length: bytes) -> None:
    assert Arrival().take(POST + b"Content-Length: " + length + b"\r\n\r\n") is WHOLE


def test_it_says_once_that_the_client_waits_to_be_asked() -> None:
    arrival = Arrival()
    head = POST + b"Content-Length: 3\r\nexpect: 100-Continue\r\n\r\n"

    assert [arrival.take(piece) for piece in (head, b"a", b"bc")] == [
        Progress.WAITS_FOR_CONTINUE,
        COMING,
        WHOLE,
    ]


def test_it_asks_nobody_whose_body_is_there_already() -> None:
    assert Arrival().take(POST + b"Content-Length: 1\r\nExpect: 100-continue\r\n\r\nx") is WHOLE


@pytest.mark.parametrize("end", [b"", b"\r\n\r\n"])
def test_it_bounds_the_head(end: bytes) -> None:
    assert Arrival().take(POST + b"X: " + b"y" * LARGEST_HEAD_BYTES + end) is Progress.HEAD_TOO_LARGE


@pytest.mark.parametrize("name", [b"Transfer-Encoding", b"transfer-encoding "])
def test_it_misses_the_length_of_chunks(name: bytes) -> None:
    assert Arrival().take(POST + name + b": chunked\r\n\r\n") is Progress.LENGTH_MISSING
