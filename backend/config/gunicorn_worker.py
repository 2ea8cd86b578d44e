"""Gunicorn's threaded worker, but no client keeps a thread waiting, and a restart fails no call.

Gunicorn gives a thread to every connection with something to read, and the thread waits for the rest of the
request. Here the main loop collects a request, and a thread gets it when it is whole.
"""

from __future__ import annotations

import errno
import socket
import time
import uuid
from contextlib import suppress
from functools import partial
from itertools import takewhile
from selectors import EVENT_READ
from typing import TYPE_CHECKING, Any, NoReturn

from gunicorn.workers import gthread  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

from config.interfaces.http.arrival import Arrival, Progress
from config.interfaces.http.raw_refusals import (
    BROKEN,
    HEAD_TOO_LARGE,
    LENGTH_MISSING,
    TOO_SLOW,
    RawRefusal,
    refusal_of,
)
from core.answer_time import renewable_by
from infrastructure.metrics.measures import REFUSED

if TYPE_CHECKING:
    from concurrent.futures import Future

# From the first byte to the last; a payout's few hundred bytes come in one packet.
ARRIVAL_SECONDS = 10.0
# From the whole request to the last byte of its answer. The work takes less than ten; the rest is for a
# client that takes its answer slowly. The largest is a page's script of a megabyte.
ANSWER_SECONDS = 30.0
# For a client to close its end, so that its system does not throw away the answer that it has not read yet.
FAREWELL_SECONDS = 2.0
# Longer than most clients keep an idle connection: theirs is then the end that closes it, and no request gets
# under way in the moment in which ours does.
gthread.STOP_KEEPALIVE_LINGER = 6.0

_PIECE_BYTES = 64 * 1024


class NothingMore:
    """Takes the place of the socket under the parser, which has been given all that it may read."""

    def recv(self, _size: int) -> NoReturn:
        raise ConnectionResetError(errno.ECONNRESET, "the rest of the request is not waited for")


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """Collects requests and says farewell in the main loop; the threads only work."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Until when each is waited for. All wait equally long, so that the first is the most urgent.
        self._arriving: dict[TConn, float] = {}
        self._leaving: dict[TConn, float] = {}
        # Until when each may hold its thread. The threads put them in.
        self._answering: dict[TConn, float] = {}

    # --- A request comes ---

    def enqueue_req(self, conn: TConn) -> None:
        """Called for every new connection, and for every kept one on which something has come."""
        conn.arrival = Arrival()
        conn.sock.settimeout(0)
        piece = _come_already(conn)
        progress = conn.arrival.take(piece) if piece else Progress.COMING
        if progress is Progress.WHOLE:
            self._give_to_a_thread(conn)
            return
        self._arriving[conn] = time.monotonic() + ARRIVAL_SECONDS
        self.poller.register(conn.sock, EVENT_READ, partial(self._take_piece, conn))
        self._proceed(conn, progress)

    def _take_piece(self, conn: TConn, sock: socket.socket) -> None:
        try:
            piece = sock.recv(_PIECE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        if piece:
            self._proceed(conn, conn.arrival.take(piece))
        else:
            self._stop_waiting(conn, self._arriving)
            self._drop(conn)

    def _proceed(self, conn: TConn, progress: Progress) -> None:
        match progress:
            case Progress.COMING:
                pass
            case Progress.WAITS_FOR_CONTINUE:
                # Gunicorn says it again before it calls the application; a client must take it twice.
                _send_at_once(conn, b"HTTP/1.1 100 Continue\r\n\r\n")
            case Progress.WHOLE:
                self._stop_waiting(conn, self._arriving)
                self._give_to_a_thread(conn)
            case Progress.HEAD_TOO_LARGE:
                self._refuse(conn, HEAD_TOO_LARGE)
            case Progress.LENGTH_MISSING:
                self._refuse(conn, LENGTH_MISSING)

    def _give_to_a_thread(self, conn: TConn) -> None:
        conn.init()
        conn.parser.unreader.unread(bytes(conn.arrival.data))
        conn.parser.unreader.sock = NothingMore()
        super().enqueue_req(conn)

    def handle_request(self, req: Any, conn: TConn) -> Any:
        """Called in a thread."""
        self._answering[conn] = time.monotonic() + ANSWER_SECONDS
        # For when the main loop has ended; it would begin anew with each piece of a file.
        conn.sock.settimeout(ANSWER_SECONDS)
        if conn.arrival.is_cut:
            req.force_close()  # The answer says so, and the client sends its next request elsewhere.
        with renewable_by(partial(self._renew_answer_time, conn)):
            return super().handle_request(req, conn)

    def _renew_answer_time(self, conn: TConn) -> None:
        """Called in a thread. It becomes the last to be waited for; what was ended already stays ended."""
        if self._answering.pop(conn, None) is not None:
            self._answering[conn] = time.monotonic() + ANSWER_SECONDS

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: Exception) -> None:  # noqa: ARG002  the signature of Gunicorn
        """Called in a thread for what is no request, and for what failed outside of the application."""
        refusal, request_id = refusal_of(exc), uuid.uuid4().hex
        REFUSED.labels(refusal.code).inc()
        if refusal is BROKEN:
            self.log.error("Request %s failed", request_id, exc_info=exc)
        else:
            # Only the kind: the rest may be a header with a key in it.
            self.log.warning("Request %s refused: %s", request_id, type(exc).__name__)
        with suppress(OSError):
            client.sendall(refusal.render(request_id))

    # --- A connection goes ---

    def finish_request(self, conn: TConn, done: Future[Any]) -> None:
        self._answering.pop(conn, None)
        if done.cancelled() or done.exception() or done.result():
            super().finish_request(conn, done)
        else:
            self._say_farewell(conn)

    def _refuse(self, conn: TConn, refusal: RawRefusal | None) -> None:
        self._stop_waiting(conn, self._arriving)
        if refusal:
            REFUSED.labels(refusal.code).inc()
            _send_at_once(conn, refusal.render(uuid.uuid4().hex))
        self._say_farewell(conn)

    def _say_farewell(self, conn: TConn) -> None:
        """Close our end, and the connection when the client has closed its own (RFC 9112, 9.6)."""
        try:
            conn.sock.settimeout(0)
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:  # it is gone already
            self._drop(conn)
            return
        self._leaving[conn] = time.monotonic() + FAREWELL_SECONDS
        self.poller.register(conn.sock, EVENT_READ, partial(self._ignore_piece, conn))

    def _ignore_piece(self, conn: TConn, sock: socket.socket) -> None:
        try:
            is_open = bool(sock.recv(_PIECE_BYTES))
        except OSError:
            is_open = False
        if not is_open:
            self._stop_waiting(conn, self._leaving)
            self._drop(conn)

    def _stop_waiting(self, conn: TConn, among: dict[TConn, float]) -> None:
        del among[conn]
        self.poller.unregister(conn.sock)

    def _drop(self, conn: TConn) -> None:
        self.nr_conns -= 1
        conn.close()

    def murder_pending(self) -> None:
        """Called by the main loop at least once a second."""
        for conn in _overdue(self._arriving):
            # Nothing is said to whom has said nothing: browsers open connections in advance.
            self._refuse(conn, TOO_SLOW if conn.arrival.data else None)
        for conn in _overdue(self._leaving):
            self._stop_waiting(conn, self._leaving)
            self._drop(conn)
        for conn in _overdue(self._answering.copy()):
            self._stop_answering(conn)

    def _stop_answering(self, conn: TConn) -> None:
        """Whichever way the answer leaves, the thread that sends it fails now, and is free."""
        if self._answering.pop(conn, None) is None:
            return  # its thread has just renewed its time
        with suppress(OSError):  # it is gone already
            conn.sock.shutdown(socket.SHUT_WR)

    # --- The worker stops ---

    def is_parent_alive(self) -> bool:
        """Without its parent the worker stops, and its answers say that their connection ends."""
        if not super().is_parent_alive():
            self.alive = False
        return bool(self.alive)

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001  the signature of Gunicorn
        super().set_accept_enabled(enabled)
        if not self.alive:
            self._take_the_last()

    def _take_the_last(self) -> None:
        """Serve whom the system has let in, and close the door: the next one is refused, and asks elsewhere.

        Left open, it would let clients in until the process ends, and then reset them.
        """
        for listener in self.sockets:
            before = -1
            while before != self.nr_conns:
                before = self.nr_conns
                self.accept(listener)
            listener.close()


def _come_already(conn: TConn) -> bytes:
    """Most requests have come as a whole when their first byte is seen. Nothing, when that cannot be told."""
    if conn.initialized and (read_ahead := conn.parser.unreader.take_buffered()):
        return bytes(read_ahead)
    try:
        return bytes(conn.sock.recv(_PIECE_BYTES))
    except OSError:
        return b""


def _send_at_once(conn: TConn, data: bytes) -> None:
    # A few hundred bytes always fit into the system's buffer, unless the connection is broken.
    with suppress(OSError):
        conn.sock.send(data)


def _overdue(waiting: dict[TConn, float]) -> list[TConn]:
    now = time.monotonic()
    return [conn for conn, _ in takewhile(lambda one: one[1] <= now, waiting.items())]
