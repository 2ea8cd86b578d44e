"""Gunicorn as we run it, with an application that does nothing: restarted, killed, and met by bad clients."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

import pytest

from config.web_capacity import WebCapacity
from tests.config.tiny_web import LARGE_ANSWER_BYTES
from tests.config.web_measures import (
    HOST,
    Caller,
    Target,
    longest_gap,
    open_loop,
    outcomes,
    percentile,
    trickling,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

BACKEND = Path(__file__).parents[2]
CONFIGURATION = BACKEND / "config" / "gunicorn.conf.py"
START_SECONDS = 30.0
WORKERS = 2
AS_MODULE = (sys.executable, "-m", "gunicorn")
AS_COMMAND = (str(Path(sys.executable).with_name("gunicorn")),)
R = TypeVar("R")
LAST_REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@dataclass(frozen=True)
class Web:
    port: int
    process: subprocess.Popen[bytes]
    worker_count: int = WORKERS

    @property
    def target(self) -> Target:
        return Target(self.port)

    def workers(self) -> list[int]:
        return children_of(self.process.pid)

    def has_all_workers(self) -> bool:
        workers = self.workers()
        return len(workers) == self.worker_count and all(map(takes_signals, workers))

    def next_master(self) -> int | None:
        """The one with the new code, when it has all its workers."""
        for child in self.workers():
            grandchildren = children_of(child)
            if len(grandchildren) == self.worker_count and all(map(takes_signals, grandchildren)):
                return child
        return None

    def restart(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    def answer_to(self, request: bytes) -> bytes:
        """All that is said on one connection, until the server closes it."""
        with self.connect() as client:
            client.sendall(request)
            return read_to_the_end(client)

    def connect(self) -> socket.socket:
        return socket.create_connection((HOST, self.port), timeout=15)


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def takes_signals(worker: int) -> bool:
    """Whether it has its own handlers: until then it has its master's, and SIGTERM would be lost on it."""
    caught = re.search(r"^SigCgt:\s*(\w+)", Path(f"/proc/{worker}/status").read_text(), re.MULTILINE)
    assert caught is not None
    # The last one that a worker sets, and a master never does.
    return bool(int(caught[1], 16) & 1 << (signal.SIGABRT - 1))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def running_web(
    command: Sequence[str] = AS_MODULE,
    *,
    workers: int = WORKERS,
    work_threads: int = 8,
    application: str = "tests.config.tiny_web:application",
    environment: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Web]:
    port = free_port()
    arguments = ("--config", CONFIGURATION, "--bind", f"{HOST}:{port}", application)
    capacity = {"WEB_WORKERS": str(workers), "WEB_THREADS": str(work_threads)}
    process = subprocess.Popen(
        [*command, *arguments],
        cwd=BACKEND,
        env={**os.environ, **capacity, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    web = Web(port, process, workers)
    try:
        wait_until_it_answers(web)
        yield web
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)  # and to a master that took over, or began to
        process.wait(timeout=START_SECONDS)


@contextmanager
def frozen(pids: list[int]) -> Iterator[None]:
    """What is sent to them meanwhile comes when they go on."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def with_at_most(open_files: int, command: Sequence[str] = AS_MODULE) -> Sequence[str]:
    return ("/bin/sh", "-c", f'ulimit -n {open_files}; exec "$@"', "sh", *command)


@contextmanager
def ended_afterwards(pid: int) -> Iterator[None]:
    """For a process that is nobody's child any more."""
    handle = os.pidfd_open(pid)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        ended = select.select([handle], [], [], START_SECONDS)[0]
        os.close(handle)
        assert ended


def wait_until_it_answers(web: Web) -> None:
    wait_for(web, lambda: Caller(web.target, keep_alive=False).call("", 0).outcome == 200)
    wait_for(web, web.has_all_workers)


def wait_for(web: Web, found: Callable[[], R]) -> R:
    deadline = time.monotonic() + START_SECONDS
    while not (what := found()):
        assert web.process.poll() is None, "the web ended as soon as it started"
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return what


def connection_header_of_next_answer(client: HTTPConnection) -> str | None:
    client.request("GET", "/")
    with client.getresponse() as answer:
        assert answer.status == 200
        answer.read()  # or the next answer begins with it, where it came in a packet of its own
        return answer.getheader("Connection")


def take_slowly(readers: list[socket.socket], *, bytes_per_second: int, seconds: float) -> list[int]:
    """How many bytes each has got, a little each tenth of a second."""
    taken = [0] * len(readers)
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        time.sleep(0.1)
        for number, reader in enumerate(readers):
            with suppress(BlockingIOError):
                taken[number] += len(reader.recv(bytes_per_second // 10, socket.MSG_DONTWAIT))
    return taken


def read_to_the_end(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65_536), b""))


@pytest.fixture(scope="module")
def _shared_web() -> Iterator[Web]:
    with running_web() as web:
        yield web


@pytest.fixture
def web(_shared_web: Web) -> Web:
    return _shared_web


# --- It is restarted ---


@pytest.mark.parametrize("keep_alive", [True, False])
def test_it_fails_no_call_while_it_is_restarted_again_and_again(web: Web, keep_alive: bool) -> None:  # noqa: FBT001
    with ThreadPoolExecutor() as pool:
        calls = pool.submit(
            open_loop, web.target, per_second=30, seconds=10, callers=8, keep_alive=keep_alive
        )
        for _ in range(10):
            time.sleep(0.9)
            web.restart()

    assert outcomes(calls.result()) == {200: 300}


def test_it_answers_on_a_connection_that_was_idle_when_it_restarted(web: Web) -> None:
    with closing(HTTPConnection(HOST, web.port, timeout=15)) as client:
        assert connection_header_of_next_answer(client) == "keep-alive"
        web.restart()
        time.sleep(4)  # longer than Gunicorn alone would leave it open

        assert connection_header_of_next_answer(client) == "close"


def test_it_ends_without_cutting_anybody_off() -> None:
    with running_web() as web, ThreadPoolExecutor() as pool:
        in_work = pool.submit(web.answer_to, b"GET /?1.5 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        calls = pool.submit(open_loop, web.target, per_second=300, seconds=3, callers=32, keep_alive=False)
        time.sleep(1)
        web.process.terminate()

    assert in_work.result().startswith(b"HTTP/1.1 200 OK")
    # Who was let in was served; who was refused knows that nothing was done, and goes to the next process.
    assert set(outcomes(calls.result())) == {200, "refused"}


def test_it_serves_whom_the_system_had_let_in_when_it_was_asked_to_end() -> None:
    with running_web() as web, ThreadPoolExecutor(12) as pool, frozen(web.workers()):
        calls = [pool.submit(web.answer_to, LAST_REQUEST) for _ in range(12)]
        time.sleep(0.3)
        web.process.terminate()
        time.sleep(0.3)

    assert {call.result()[:15] for call in calls} == {b"HTTP/1.1 200 OK"}


@pytest.mark.parametrize("keep_alive", [True, False])
def test_it_fails_no_call_while_a_new_version_takes_over(keep_alive: bool) -> None:  # noqa: FBT001
    with running_web(AS_COMMAND) as old, ThreadPoolExecutor() as pool:
        calls = pool.submit(
            open_loop, old.target, per_second=30, seconds=15, callers=8, keep_alive=keep_alive
        )
        old.process.send_signal(signal.SIGUSR2)
        new = wait_for(old, old.next_master)
        assert new is not None
        with ended_afterwards(new):
            old.process.terminate()
            assert old.process.wait(START_SECONDS) == 0
            assert not calls.done()
            assert outcomes(calls.result()) == {200: 450}


# --- It is killed ---


def test_it_is_back_within_two_seconds_whenever_a_worker_is_killed(web: Web) -> None:
    with ThreadPoolExecutor() as pool:
        calls = pool.submit(open_loop, web.target, per_second=30, seconds=6, callers=32)
        for _ in range(5):
            time.sleep(1)
            for worker in web.workers():
                os.kill(worker, signal.SIGKILL)

    assert longest_gap(calls.result(), 200) < 2


def test_it_leaves_its_port_to_the_next_one_when_its_master_is_killed() -> None:
    with running_web() as web, web.connect() as kept:  # which an orphan goes on serving for a while
        kept.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        kept.recv(65_536)
        web.process.kill()
        web.process.wait()
        time.sleep(1.5)  # a worker looks after its parent each second

        with socket.socket() as next_one:
            next_one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            next_one.bind((HOST, web.port))
            next_one.listen()


def test_it_is_loaded_before_it_is_copied_and_copies_no_thread_and_no_connection() -> None:
    script = (
        "import os, threading, config.wsgi\n"
        "from django.urls import get_resolver\n"
        "files = [os.path.realpath('/proc/self/fd/' + number) for number in os.listdir('/proc/self/fd')]\n"
        "print(threading.active_count(), sum('socket:' in file for file in files),"
        " 'url_patterns' in vars(get_resolver()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=BACKEND, capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.splitlines()[-1] == "1 0 True"
    assert "preload_app = True" in CONFIGURATION.read_text()


# --- Its clients are slow, or badly behaved ---

HEADERS = b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
BODY = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
BEFORE_EVERYTHING = b"\r\n\r\n"


@pytest.mark.parametrize("beginning", [HEADERS, BODY, b"P"])
def test_it_keeps_nobody_waiting_for_slow_clients(web: Web, beginning: bytes) -> None:
    with trickling(web.port, beginning, count=150, pause_seconds=0.2):
        time.sleep(0.5)
        calls = open_loop(web.target, per_second=30, seconds=3, keep_alive=False)

    assert outcomes(calls) == {200: 90}
    assert percentile(calls) < 1


def test_it_keeps_nobody_waiting_for_clients_that_do_not_close(web: Web) -> None:
    open_ends = [web.connect() for _ in range(10)]
    try:
        for client in open_ends:
            client.sendall(LAST_REQUEST)
        calls = open_loop(web.target, per_second=30, seconds=2, keep_alive=False)
    finally:
        for client in open_ends:
            client.close()

    assert outcomes(calls) == {200: 60}
    assert percentile(calls) < 1


def test_it_waits_a_moment_for_a_client_that_does_not_close(web: Web) -> None:
    with web.connect() as client:
        client.sendall(LAST_REQUEST)
        assert read_to_the_end(client).startswith(b"HTTP/1.1 200 OK")
        time.sleep(4)
        client.send(b"is anybody there?")
        time.sleep(0.2)
        with pytest.raises(ConnectionError):
            client.send(b"no")


def test_it_tells_a_client_that_is_too_slow(web: Web) -> None:
    began = time.monotonic()
    answer = web.answer_to(BODY + b"x")

    assert answer.startswith(b"HTTP/1.1 408 Request Timeout")
    assert b'"code": "request_timeout"' in answer
    assert 9 < time.monotonic() - began < 14


def test_it_gives_a_client_up_that_does_not_take_its_answer(web: Web) -> None:
    with web.connect() as client:
        client.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(32)
        answer = read_to_the_end(client)

    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert len(answer) < LARGE_ANSWER_BYTES


def test_it_gives_clients_up_that_take_files_slowly_however_many_they_are() -> None:
    with running_web(workers=1, work_threads=1) as web, ExitStack() as opened:
        readers = [opened.enter_context(web.connect()) for _ in range(WebCapacity(in_work=1).threads)]
        for reader in readers:
            reader.sendall(b"GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n")
        taken_bytes = take_slowly(readers, bytes_per_second=500_000, seconds=31.5)
        began = time.monotonic()
        assert web.answer_to(LAST_REQUEST).startswith(b"HTTP/1.1 200 OK")
        assert time.monotonic() - began < 1

    assert all(0 < taken < LARGE_ANSWER_BYTES / 2 for taken in taken_bytes)


def test_it_lives_on_when_more_clients_come_than_it_can_open_files_for() -> None:
    with (
        running_web(with_at_most(open_files=128), workers=1, work_threads=1) as web,
        closing(HTTPConnection(HOST, web.port, timeout=15)) as early,
    ):
        workers = web.workers()
        connection_header_of_next_answer(early)
        with ExitStack() as opened:
            for _ in range(200):
                opened.enter_context(web.connect())
            time.sleep(1)
            assert connection_header_of_next_answer(early) == "keep-alive"

        assert web.answer_to(LAST_REQUEST).startswith(b"HTTP/1.1 200 OK")
        assert web.workers() == workers


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", b"411"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: " + b"y" * 40_000, b"431"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nCookie: a\x00b\r\n\r\n", b"400"),
        (b"GET /" + b"a" * 5_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n", b"417"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 9_000 + b"\r\n\r\n", b"431"),
        (b"GET /?not-a-number HTTP/1.1\r\nHost: x\r\n\r\n", b"500"),  # the application fails on it
    ],
)
def test_it_answers_with_a_problem_what_no_application_could(
    web: Web, request_bytes: bytes, status: bytes
) -> None:
    answer = web.answer_to(request_bytes)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split()[1:2] == [status], answer
    assert b"Content-Type: application/problem+json" in head
    assert f"X-Request-ID: {json.loads(body)['request_id']}".encode() in head


def test_it_asks_for_a_body_that_waits_to_be_asked_for(web: Web) -> None:
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    with web.connect() as client:
        client.sendall(head)
        assert client.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"12345")
        answer = read_to_the_end(client)

    assert answer.endswith(b"5")


def test_it_serves_requests_that_come_in_one_packet_one_after_the_other(web: Web) -> None:
    first = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
    last = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nConnection: close\r\n\r\nabcd"
    answer = web.answer_to(first + first + last)

    assert answer.count(b"HTTP/1.1 200 OK") == 3


def test_it_takes_nothing_in_a_body_that_is_too_large_for_a_request(web: Web) -> None:
    hidden = b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
    body = b"x" * (64 * 1024 + 1) + hidden * 10
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with web.connect() as client:
        client.sendall(head + body[: 64 * 1024 + 1])
        time.sleep(0.3)  # until the server has seen that it is too large
        client.sendall(body[64 * 1024 + 1 :])
        answer = read_to_the_end(client)

    assert answer.count(b"HTTP/1.1 ") == 1
    assert b"Connection: close" in answer
