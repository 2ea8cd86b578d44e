"""A server that speaks no HTTP of its own: it does on each connection exactly what it was told to."""

from __future__ import annotations

import re
import socket
import struct
import threading
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Behaviour = Callable[["Conversation"], None]

# Closing a socket that lingers for no time sends a reset instead of an end.
_NO_LINGER = struct.pack("ii", 1, 0)
# A client that neither speaks nor closes does not hold up the end of a test for ever.
_LONGEST_SILENCE_SECONDS = 5.0
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Conversation:
    """One connection of a client."""

    def __init__(self, connection: socket.socket, stopping: threading.Event) -> None:
        self._connection = connection
        self._stopping = stopping

    def read_request(self) -> bytes:
        """One whole request, head and body. Raises OSError when the client closes before its end."""
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._receive()
        head, _, body = received.partition(b"\r\n\r\n")
        declared = _LENGTH.search(head)
        while declared and len(body) < int(declared[1]):
            body += self._receive()
        return head + b"\r\n\r\n" + body

    def wait_for_request(self) -> None:
        """Until its first byte is there; it is left unread."""
        self._connection.recv(1, socket.MSG_PEEK)

    def _receive(self) -> bytes:
        if data := self._connection.recv(65_536):
            return data
        raise ConnectionResetError("the client has closed")

    def send(self, data: bytes) -> None:
        self._connection.sendall(data)

    def drip(self, data: bytes, *, pause_seconds: float) -> None:
        """Send a byte now and then, until the client has had enough."""
        for byte in data:
            self.send(bytes([byte]))
            if self._stopping.wait(pause_seconds):
                return

    def hang(self) -> None:
        self._stopping.wait()

    def reset(self) -> None:
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self._connection.close()


class RawServer(ThreadingTCPServer):
    """Counts what reaches it: connections, and the requests that its behaviour has read."""

    daemon_threads = False
    allow_reuse_address = True

    def __init__(self, behaviour: Behaviour) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behaviour = behaviour
        self.connections = 0
        self.stopping = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseRequestHandler):
    server: RawServer

    def handle(self) -> None:
        self.server.connections += 1
        self.request.settimeout(_LONGEST_SILENCE_SECONDS)
        with suppress(OSError):  # the client may go at any moment, as may the reset that it was sent
            self.server.behaviour(Conversation(self.request, self.server.stopping))


@contextmanager
def raw_server(behaviour: Behaviour) -> Iterator[RawServer]:
    """Run the server; afterwards every connection is closed and every thread gone."""
    with RawServer(behaviour) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            server.shutdown()
            thread.join()


def http_answer(body: bytes, *, status: str = "200 OK", headers: tuple[str, ...] = ()) -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def answering(answer: bytes) -> Behaviour:
    """Give this answer to each request, and keep the connection open for the next one."""

    def behaviour(conversation: Conversation) -> None:
        while True:
            conversation.read_request()
            conversation.send(answer)

    return behaviour


def answering_once(answer: bytes) -> Behaviour:
    """Give this answer to one request, whole or not, and close."""

    def behaviour(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.send(answer)

    return behaviour


def resetting_before_reading(conversation: Conversation) -> None:
    # Sooner, the client might hear of it while still connecting, and truly have sent nothing.
    conversation.wait_for_request()
    conversation.reset()


def resetting_after_reading(conversation: Conversation) -> None:
    conversation.read_request()
    conversation.reset()


def hanging(conversation: Conversation) -> None:
    conversation.read_request()
    conversation.hang()
