from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from cli.ports import HOST, find_free_port
from tests.chaos.cuts import CutAnswerAfter, Direction
from tests.chaos.proxy import FaultyProxy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SILENCE_SECONDS = 0.15
# Long enough for a loaded machine; reached by a test that fails only.
PATIENCE_SECONDS = 5.0


class EchoServer:
    """Sends back what it is sent, and remembers it; ends a connection when its client has."""

    def __init__(self) -> None:
        self.received = bytearray()
        self.endings: list[str] = []
        self._listener = socket.create_server((HOST, 0), backlog=256)
        self.address: tuple[str, int] = self._listener.getsockname()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        with suppress(OSError):  # the listener is shut down
            while True:
                connection, _ = self._listener.accept()
                self._threads.append(threading.Thread(target=self._answer, args=(connection,)))
                self._threads[-1].start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(2 * PATIENCE_SECONDS)
            try:
                while chunk := connection.recv(65_536):
                    self.received += chunk
                    connection.sendall(chunk)
                self.endings.append("closed")
            except ConnectionError:
                self.endings.append("reset")

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join()


@pytest.fixture
def server() -> Iterator[EchoServer]:
    echo = EchoServer()
    yield echo
    echo.close()


@pytest.fixture
def proxy(server: EchoServer) -> Iterator[FaultyProxy]:
    with FaultyProxy(server.address) as running:
        yield running


@contextmanager
def connected(proxy: FaultyProxy) -> Iterator[socket.socket]:
    with socket.create_connection((HOST, proxy.port), PATIENCE_SECONDS) as client:
        yield client


def echo_of(client: socket.socket, sent: bytes) -> bytes:
    """What comes back, as many bytes as were sent."""
    client.sendall(sent)
    return receive(client, len(sent))


def receive(client: socket.socket, n_bytes: int) -> bytes:
    received = bytearray()
    while len(received) < n_bytes and (chunk := client.recv(n_bytes - len(received))):
        received += chunk
    return bytes(received)


def is_silent(client: socket.socket) -> bool:
    client.settimeout(SILENCE_SECONDS)
    try:
        return not client.recv(1)
    except TimeoutError:
        return True
    finally:
        client.settimeout(PATIENCE_SECONDS)


def wait_until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.005)


def test_it_passes_everything_on_and_counts_it(server: EchoServer, proxy: FaultyProxy) -> None:
    with connected(proxy) as client:
        assert echo_of(client, b"hello") == b"hello"
        assert proxy.open_connections == 1

    wait_until(lambda: server.endings == ["closed"])
    wait_until(lambda: proxy.open_connections == 0)
    counted = proxy.counters
    assert (counted.accepted, counted.bytes_to_server, counted.bytes_to_client) == (1, 5, 5)


def test_it_passes_on_that_one_side_has_said_all(proxy: FaultyProxy) -> None:
    with connected(proxy) as client:
        client.sendall(b"the last words")
        client.shutdown(socket.SHUT_WR)

        assert receive(client, 1_000) == b"the last words"


def test_it_carries_a_hundred_connections_without_being_the_slowest(proxy: FaultyProxy) -> None:
    content = bytes(range(256)) * 4_096
    mebibytes = 24

    def exchange(client: socket.socket) -> None:
        sender = threading.Thread(target=client.sendall, args=(content,))
        sender.start()
        assert receive(client, len(content)) == content
        sender.join()

    clients = [socket.create_connection((HOST, proxy.port), PATIENCE_SECONDS) for _ in range(100)]
    began = time.monotonic()
    for client in clients[:mebibytes]:
        exchange(client)
    seconds = time.monotonic() - began
    assert all(echo_of(client, b"still here") == b"still here" for client in clients)
    for client in clients:
        client.close()

    assert mebibytes / seconds > 2  # there and back; on a machine with nothing else to do it is fifty


def test_it_gives_the_same_address_another_port(proxy: FaultyProxy) -> None:
    assert (
        proxy.url_of("redis://:pass%40word@10.0.0.9:6379/1") == f"redis://:pass%40word@{HOST}:{proxy.port}/1"
    )
    assert proxy.url_of("http://bank:9000/base?x=1") == f"http://{HOST}:{proxy.port}/base?x=1"


def test_it_resets_the_client_of_a_server_that_is_away() -> None:
    with (
        FaultyProxy((HOST, find_free_port())) as proxy,
        pytest.raises(ConnectionResetError),
        connected(proxy) as client,
    ):
        client.recv(1)


def test_it_serves_another_server_from_now_on(server: EchoServer) -> None:
    with FaultyProxy((HOST, find_free_port())) as proxy:
        proxy.forward_to(*server.address)
        with connected(proxy) as client:
            assert echo_of(client, b"moved") == b"moved"


def test_it_delays_each_direction_and_keeps_the_order(proxy: FaultyProxy) -> None:
    with connected(proxy) as client:
        echo_of(client, b"quick")
        proxy.latency(0.05, jitter_seconds=0.02)
        began = time.monotonic()
        for number in range(20):
            client.sendall(bytes([number]))
        assert receive(client, 20) == bytes(range(20))
        assert 0.1 <= time.monotonic() - began < 1

        proxy.heal()
        began = time.monotonic()
        echo_of(client, b"quick again")
        assert time.monotonic() - began < 0.05


def test_it_holds_up_a_sender_rather_than_keep_all_it_sends(proxy: FaultyProxy) -> None:
    proxy.latency(60)
    sent_mebibytes = 0
    with connected(proxy) as client:
        client.settimeout(SILENCE_SECONDS)
        with suppress(TimeoutError):
            while sent_mebibytes < 64:
                client.sendall(bytes(1_048_576))
                sent_mebibytes += 1
    assert sent_mebibytes < 32  # what the kernel keeps comes on top


def test_it_resets_present_connections_at_both_ends_and_takes_new_ones(
    server: EchoServer, proxy: FaultyProxy
) -> None:
    with connected(proxy) as client, connected(proxy) as other:
        echo_of(client, b"hello")
        echo_of(other, b"hello")

        assert proxy.reset() == 2

        for victim in (client, other):
            with pytest.raises(ConnectionResetError):
                victim.recv(1)
    wait_until(lambda: server.endings == ["reset", "reset"])
    with connected(proxy) as client:
        assert echo_of(client, b"again") == b"again"
    assert proxy.counters.resets == 2


def test_it_refuses_new_connections_and_keeps_present_ones(proxy: FaultyProxy) -> None:
    with connected(proxy) as client:
        echo_of(client, b"before")
        proxy.refuse()

        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((HOST, proxy.port), PATIENCE_SECONDS)
        assert echo_of(client, b"as ever") == b"as ever"

    proxy.refuse(refuses=False)
    with connected(proxy) as client:
        assert echo_of(client, b"after") == b"after"


def test_it_lets_nothing_through_half_open_and_all_of_it_afterwards(
    server: EchoServer, proxy: FaultyProxy
) -> None:
    with connected(proxy) as present:
        echo_of(present, b"before")
        proxy.half_open()

        with connected(proxy) as new:
            new.sendall(b" anybody?")
            present.sendall(b" hello?")
            assert is_silent(new)
            assert is_silent(present)
            assert server.received == b"before"
            assert proxy.counters.accepted == 1  # the server has not heard of the other

            proxy.heal()
            assert receive(new, 9) == b" anybody?"
            assert receive(present, 7) == b" hello?"


def test_it_holds_what_was_on_its_way_when_it_fell_silent(server: EchoServer, proxy: FaultyProxy) -> None:
    proxy.latency(SILENCE_SECONDS / 2)
    with connected(proxy) as client:
        client.sendall(b"late")
        wait_until(lambda: proxy.open_connections == 1)
        proxy.half_open()
        assert is_silent(client)
        assert server.received == b""

        proxy.heal()
        assert receive(client, 4) == b"late"


def test_it_stays_silent_when_it_refuses_no_longer(proxy: FaultyProxy) -> None:
    proxy.half_open()
    proxy.refuse()
    proxy.refuse(refuses=False)
    with connected(proxy) as client:
        client.sendall(b"anybody?")
        assert is_silent(client)
        assert proxy.counters.accepted == 0


def test_it_hides_the_end_of_a_client_while_half_open(server: EchoServer, proxy: FaultyProxy) -> None:
    with connected(proxy) as client:
        echo_of(client, b"before")
        proxy.half_open()
    time.sleep(SILENCE_SECONDS)
    assert server.endings == []

    proxy.heal()
    wait_until(lambda: server.endings == ["closed"])


def test_it_resets_half_open_connections_old_and_new(proxy: FaultyProxy) -> None:
    with connected(proxy) as present:
        echo_of(present, b"before")
        proxy.half_open()
        with connected(proxy) as new:
            assert proxy.reset() == 2
            for victim in (present, new):
                with pytest.raises(ConnectionResetError):
                    victim.recv(1)


@pytest.mark.parametrize("n_bytes", [0, 1, 7])
def test_it_cuts_an_answer_after_so_many_bytes(n_bytes: int, server: EchoServer, proxy: FaultyProxy) -> None:
    with connected(proxy) as client:
        echo_of(client, b"those before do not count")
        proxy.cut_after(n_bytes, Direction.TO_CLIENT)
        client.sendall(b"question")

        assert receive(client, n_bytes) == b"question"[:n_bytes]
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    assert server.received.endswith(b"question")
    assert proxy.counters.cuts == 1


def test_it_cuts_a_request_after_so_many_bytes_in_however_many_pieces(
    server: EchoServer, proxy: FaultyProxy
) -> None:
    proxy.cut_after(6, Direction.TO_SERVER)
    with connected(proxy) as client:
        assert echo_of(client, b"abc") == b"abc"
        assert echo_of(client, b"def") == b"def"
        client.sendall(b"ghi")
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    wait_until(lambda: server.endings == ["reset"])
    assert server.received == b"abcdef"


def test_it_cuts_as_many_connections_as_it_was_told(proxy: FaultyProxy) -> None:
    proxy.cut_after(0, Direction.TO_CLIENT, count=2)
    for _ in range(2):
        with connected(proxy) as client, pytest.raises(ConnectionResetError):
            echo_of(client, b"cut")
    with connected(proxy) as client:
        assert echo_of(client, b"whole") == b"whole"
    assert proxy.counters.cuts == 2


def test_it_drops_the_answer_to_a_pattern_that_the_server_has_got(
    server: EchoServer, proxy: FaultyProxy
) -> None:
    proxy.cut_answer_after(b"COMMIT")
    with connected(proxy) as client:
        assert echo_of(client, b"INSERT") == b"INSERT"
        client.sendall(b"COMMIT;")
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    assert server.received == b"INSERTCOMMIT;"
    with connected(proxy) as client:
        assert echo_of(client, b"COMMIT") == b"COMMIT"
    assert proxy.counters.cuts == 1


def test_it_finds_a_pattern_that_comes_in_pieces_but_not_one_of_two_clients(proxy: FaultyProxy) -> None:
    proxy.cut_answer_after(b"COMMIT")
    with connected(proxy) as one, connected(proxy) as two:
        assert echo_of(one, b"COM") == b"COM"
        assert echo_of(two, b"MIT") == b"MIT"
        one.sendall(b"MIT")
        with pytest.raises(ConnectionResetError):
            one.recv(1)
        assert echo_of(two, b"well") == b"well"


def test_it_lets_the_answers_of_others_pass() -> None:
    rule = CutAnswerAfter(b"COMMIT", left=1)
    one, two = threading.Event(), threading.Event()  # any two things that can be told apart

    assert rule.allowed_bytes(one, Direction.TO_SERVER, b"COMMIT") is None
    assert rule.allowed_bytes(two, Direction.TO_CLIENT, b"an answer") is None
    assert rule.allowed_bytes(one, Direction.TO_CLIENT, b"an answer") == 0


def test_it_forgets_every_fault_when_it_is_healed(proxy: FaultyProxy) -> None:
    proxy.cut_after(0, Direction.TO_CLIENT)
    proxy.cut_answer_after(b"a")
    proxy.latency(1)
    proxy.half_open()
    proxy.refuse()

    proxy.heal()

    with connected(proxy) as client:
        assert echo_of(client, b"a clean bill") == b"a clean bill"


def test_it_leaves_no_connection_and_no_thread(server: EchoServer) -> None:
    proxy = FaultyProxy(server.address)
    with connected(proxy) as client:
        echo_of(client, b"hello")
        proxy.close()
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    assert not proxy._thread.is_alive()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, proxy.port), PATIENCE_SECONDS)
