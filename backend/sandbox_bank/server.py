"""The listening side: one thread per connection, and an end that lets each of them finish."""

import socket
import sys
import threading
from http.server import ThreadingHTTPServer
from socketserver import TCPServer
from typing import Any, Final

import structlog

from sandbox_bank.bank import Bank
from sandbox_bank.endpoints import BankRequestHandler
from sandbox_bank.store import Store

DRAIN_SECONDS: Final = 5.0

log = structlog.get_logger()


class BankServer(ThreadingHTTPServer):
    request_queue_size = 128

    def __init__(self, host: str, port: int, bank: Bank, store: Store) -> None:
        self.bank = bank
        self.store = store
        self._open: set[socket.socket] = set()
        self._one_closed = threading.Condition()
        super().__init__((host, port), BankRequestHandler)

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        return f"http://{host!s}:{port}"

    def server_bind(self) -> None:
        # HTTPServer would look up the name of the address, which may ask a name server and wait for it.
        TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._one_closed:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._one_closed:
            self._open.discard(request)
            self._one_closed.notify_all()

    def stop_accepting(self) -> None:
        # The loop looks for its end when it wakes, and this wakes it; where it does not, its next poll comes.
        _stop_reading(self.socket)
        self.shutdown()

    def drain(self) -> None:
        """Let requests in progress end and idle connections go; wait for that, within a bound."""
        with self._one_closed:
            for connection in self._open:
                _stop_reading(connection)
            self._one_closed.wait_for(lambda: not self._open, DRAIN_SECONDS)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - the base class's signature
        """Log what ended a connection's thread: mostly a client that went away."""
        error = sys.exception()
        if isinstance(error, OSError):
            log.info("connection_lost", problem=type(error).__name__)
        else:
            log.error("connection_failed", exc_info=error)


def _stop_reading(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RD)
    except OSError:
        return  # it is closed already, or (a listening socket, outside Linux) cannot be shut down
