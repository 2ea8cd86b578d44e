"""A TCP proxy that does to connections what networks do: it delays, falls silent, resets, refuses, cuts.

One thread serves all connections. A fault is set from any other thread, and holds when the call returns.
"""

from __future__ import annotations

import random
import selectors
import socket
import struct
import threading
import time
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from operator import itemgetter
from queue import SimpleQueue
from typing import TYPE_CHECKING, Self, TypeVar
from urllib.parse import urlsplit, urlunsplit

from cli.ports import HOST, NoPortFree, find_free_port
from tests.chaos.cuts import Cut, CutAfter, CutAnswerAfter, Direction

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

R = TypeVar("R")

CHUNK_BYTES = 65_536
# Beyond it the sender waits, as it would for a slow network.
MOST_WAITING_BYTES = 2 * 1_048_576
BACKLOG = 1_024
BIND_TRIES = 20
ORDER_SECONDS = 10.0
CLOSED = -1  # the number of a closed socket
# Closing a socket that lingers for no time sends a reset instead of an end.
NO_LINGER = struct.pack("ii", 1, 0)


@dataclass
class Counters:
    accepted: int = 0
    bytes_to_server: int = 0
    bytes_to_client: int = 0
    cuts: int = 0
    """Connections that `cut_after` and `cut_answer_after` have cut."""
    resets: int = 0
    """Connections that `reset` has closed."""

    def count_bytes(self, direction: Direction, count: int) -> None:
        if direction is Direction.TO_SERVER:
            self.bytes_to_server += count
        else:
            self.bytes_to_client += count


@dataclass(eq=False)
class Flow:
    """One direction of one connection: what was read is on its way, then due, then sent."""

    direction: Direction
    source: socket.socket
    sink: socket.socket
    on_its_way: deque[tuple[float, bytes]] = field(default_factory=deque)
    due: bytearray = field(default_factory=bytearray)
    has_ended: bool = False
    has_told_end: bool = False

    def chunks_due(self, now: float) -> Iterator[bytes]:
        """In the order in which they came, whatever the jitter."""
        while self.on_its_way and self.on_its_way[0][0] <= now:
            yield self.on_its_way.popleft()[1]

    @property
    def is_full(self) -> bool:
        return len(self.due) + CHUNK_BYTES * len(self.on_its_way) > MOST_WAITING_BYTES

    @property
    def is_done(self) -> bool:
        return self.has_ended and not self.on_its_way and not self.due


@dataclass(eq=False)
class Link:
    """A client's connection, and the one to the server that was opened for it."""

    client: socket.socket
    server: socket.socket
    is_connected: bool = False

    def __post_init__(self) -> None:
        self.to_server = Flow(Direction.TO_SERVER, self.client, self.server)
        self.to_client = Flow(Direction.TO_CLIENT, self.server, self.client)

    @property
    def flows(self) -> tuple[Flow, Flow]:
        return self.to_server, self.to_client

    def wanted_events(self) -> tuple[tuple[socket.socket, int], ...]:
        """What the loop waits for at each end."""
        if not self.is_connected:
            return (self.client, _reads(self.to_server)), (self.server, selectors.EVENT_WRITE)
        return (
            (self.client, _reads(self.to_server) | _writes(self.to_client)),
            (self.server, _reads(self.to_client) | _writes(self.to_server)),
        )


def _reads(flow: Flow) -> int:
    return 0 if flow.has_ended or flow.is_full else selectors.EVENT_READ


def _writes(flow: Flow) -> int:
    return selectors.EVENT_WRITE if flow.due else 0


class FaultyProxy:
    """Listens on 127.0.0.1 from the start. A server that refuses is passed on as a reset connection."""

    def __init__(
        self, upstream: tuple[str, int] | None = None, *, randomness: random.Random | None = None
    ) -> None:
        self._upstream = upstream
        self._random = randomness or random.Random()
        self._counters = Counters()
        self._links: set[Link] = set()
        self._cuts: list[Cut] = []
        self._latency_seconds = self._jitter_seconds = 0.0
        self._is_half_open = self._is_closing = False
        self._selector = selectors.DefaultSelector()
        self._orders: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._ear, self._bell = socket.socketpair()
        self._selector.register(self._ear, selectors.EVENT_READ, self._hear)
        self._listener = self._listen_anywhere()
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._run, name=f"proxy {self.port}", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- From any thread ------------------------------------------------------------------------------------

    def url_of(self, url: str) -> str:
        """The same address, reached through this proxy."""
        parts = urlsplit(url)
        sign_in, at, _ = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{sign_in}{at}{HOST}:{self.port}"))

    def forward_to(self, host: str, port: int) -> None:
        """For connections that come from now on."""
        self._upstream = (host, port)

    @property
    def counters(self) -> Counters:
        return replace(self._counters)

    @property
    def open_connections(self) -> int:
        return self._do(lambda: len(self._links))

    def latency(self, seconds: float, jitter_seconds: float = 0.0) -> None:
        """Hold each piece back this long, and up to the jitter longer, in either direction."""

        def set_latency() -> None:
            self._latency_seconds, self._jitter_seconds = seconds, jitter_seconds

        self._do(set_latency)

    def reset(self) -> int:
        """Reset every present connection at both ends; how many there were."""
        return self._do(self._reset_all)

    def refuse(self, refuses: bool = True) -> None:  # noqa: FBT001, FBT002  reads as a sentence
        """Refuse new connections; present ones stay."""
        self._do(self._stop_listening if refuses else self._listen_again)

    def half_open(self, is_half_open: bool = True) -> None:  # noqa: FBT001, FBT002  reads as a sentence
        """Let nothing through and close nothing; the kernel still takes new connections, and nobody answers.

        What was sent meanwhile arrives afterwards.
        """
        self._do(lambda: self._set_half_open(is_half_open=is_half_open))

    def cut_after(self, n_bytes: int, direction: Direction, *, count: int = 1) -> None:
        """Reset connections that pass more than so many bytes this way, after exactly so many."""
        self._do(lambda: self._cuts.append(CutAfter(n_bytes, direction, count)))

    def cut_answer_after(self, pattern: bytes, *, count: int = 1) -> None:
        """Deliver the pattern, wait until the server begins to answer, and reset instead of passing that on."""
        self._do(lambda: self._cuts.append(CutAnswerAfter(pattern, count)))

    def heal(self) -> None:
        """Take every fault away."""
        self.latency(0)
        self._do(self._cuts.clear)
        self.refuse(refuses=False)
        self.half_open(is_half_open=False)

    def close(self) -> None:
        """End every connection and the thread."""

        def stop() -> None:
            self._is_closing = True

        if self._thread.is_alive():
            self._do(stop)
        self._thread.join()
        for end in (self._bell, self._ear):  # not sooner: an order can be carried out before it has rung
            end.close()

    # --- In the proxy's own thread ----------------------------------------------------------------------------

    def _do(self, order: Callable[[], R]) -> R:
        done: Future[R] = Future()

        def carry_out() -> None:
            try:
                done.set_result(order())
            except Exception as error:  # noqa: BLE001  it belongs to whoever gave the order
                done.set_exception(error)

        self._orders.put(carry_out)
        self._bell.send(b"!")
        return done.result(timeout=ORDER_SECONDS)

    def _run(self) -> None:
        try:
            while not self._is_closing:
                for key, events in self._selector.select(self._seconds_until_due()):
                    key.data(events)
                self._move_what_is_due()
                self._obey()  # last, so that no event from before an order is served after it
        finally:
            self._close_everything()

    def _hear(self, _events: int) -> None:
        self._ear.recv(CHUNK_BYTES)

    def _obey(self) -> None:
        while not self._orders.empty():
            self._orders.get()()

    def _close_everything(self) -> None:
        self._reset_all()
        self._stop_listening()
        self._selector.close()

    def _listen_anywhere(self) -> socket.socket:
        for _ in range(BIND_TRIES):
            with suppress(OSError):  # somebody else was quicker
                return self._listen_at(find_free_port())
        raise NoPortFree

    def _listen_at(self, port: int) -> socket.socket:
        listener = socket.create_server((HOST, port), backlog=BACKLOG)
        listener.settimeout(0)
        self._selector.register(listener, selectors.EVENT_READ, self._accept)
        return listener

    def _listen_again(self) -> None:
        if self._listener.fileno() == CLOSED:
            self._listener = self._listen_at(self.port)
            self._pause_or_resume_listening()

    def _stop_listening(self) -> None:
        if self._listener.fileno() != CLOSED:
            self._watch(self._listener, 0, self._accept)
            self._listener.close()

    def _accept(self, _events: int) -> None:
        with suppress(BlockingIOError):
            while True:
                client, _ = self._listener.accept()
                self._counters.accepted += 1
                self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        link = Link(client, socket.socket())
        for end in (link.client, link.server):
            end.settimeout(0)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._links.add(link)
        if self._upstream is None:
            self._drop(link)
            return
        link.server.connect_ex(self._upstream)
        self._watch_ends(link)

    def _watch_ends(self, link: Link) -> None:
        if link not in self._links:
            return
        for end, events in link.wanted_events():
            self._watch(end, 0 if self._is_half_open else events, partial(self._serve, link, end))

    def _watch(self, end: socket.socket, events: int, on_events: Callable[[int], None]) -> None:
        key = self._selector.get_map().get(end)
        if key is None and events:
            self._selector.register(end, events, on_events)
        elif key is not None and not events:
            self._selector.unregister(end)
        elif key is not None and key.events != events:
            self._selector.modify(end, events, on_events)

    def _serve(self, link: Link, end: socket.socket, events: int) -> None:
        """One end can be read or written."""
        if link not in self._links:  # dropped in this very round
            return
        incoming, outgoing = link.flows if end is link.client else link.flows[::-1]
        try:
            if end is link.server and not link.is_connected:
                _ensure_connected(end)
                link.is_connected = True
            if events & selectors.EVENT_READ and not incoming.has_ended:
                self._read(incoming)
            self._move(link, incoming)
            self._move(link, outgoing)
        except OSError:  # one end is gone, so goes the other
            self._drop(link)
        self._watch_ends(link)

    def _read(self, flow: Flow) -> None:
        try:
            chunk = flow.source.recv(CHUNK_BYTES)
        except BlockingIOError:
            return
        if not chunk:
            flow.has_ended = True
            return
        delay_seconds = self._latency_seconds + self._random.uniform(0, self._jitter_seconds)
        flow.on_its_way.append((time.monotonic() + delay_seconds, chunk))

    def _move(self, link: Link, flow: Flow) -> None:
        """Send on what is due, unless a cut comes first."""
        if link not in self._links or (flow.direction is Direction.TO_SERVER and not link.is_connected):
            return
        for chunk in flow.chunks_due(time.monotonic()):
            cut, allowed_bytes = self._find_cut(link, flow.direction, chunk)
            flow.due += chunk[:allowed_bytes]
            if cut is not None:
                self._flush(flow)
                self._use_up(cut)
                self._drop(link)
                return
        self._flush(flow)
        self._tell_end(link, flow)

    def _flush(self, flow: Flow) -> None:
        if flow.due:
            with suppress(BlockingIOError):
                sent_bytes = flow.sink.send(flow.due)
                self._counters.count_bytes(flow.direction, sent_bytes)
                del flow.due[:sent_bytes]

    def _tell_end(self, link: Link, flow: Flow) -> None:
        if all(each.is_done for each in link.flows):
            self._drop(link, abruptly=False)
        elif flow.is_done and not flow.has_told_end:
            flow.has_told_end = True
            flow.sink.shutdown(socket.SHUT_WR)

    def _find_cut(self, link: Link, direction: Direction, chunk: bytes) -> tuple[Cut | None, int]:
        """The cut that comes first in the chunk, with the bytes that pass before it; each rule sees all."""
        found = [(cut.allowed_bytes(link, direction, chunk), cut) for cut in self._cuts]
        hits = [(allowed, cut) for allowed, cut in found if allowed is not None]
        if not hits:
            return None, len(chunk)
        allowed, cut = min(hits, key=itemgetter(0))
        return cut, allowed

    def _use_up(self, cut: Cut) -> None:
        self._counters.cuts += 1
        cut.left -= 1
        if cut.left <= 0:
            self._cuts.remove(cut)

    def _drop(self, link: Link, *, abruptly: bool = True) -> None:
        self._links.discard(link)
        for end in (link.client, link.server):
            self._watch(end, 0, partial(self._serve, link, end))
            if abruptly:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            end.close()

    def _reset_all(self) -> int:
        if self._is_half_open and self._listener.fileno() != CLOSED:
            self._accept(0)  # those that wait in the kernel's queue are connected, for all they know
        present = tuple(self._links)
        for link in present:
            self._drop(link)
        self._counters.resets += len(present)
        return len(present)

    def _set_half_open(self, *, is_half_open: bool) -> None:
        self._is_half_open = is_half_open
        self._pause_or_resume_listening()
        for link in tuple(self._links):
            self._watch_ends(link)

    def _pause_or_resume_listening(self) -> None:
        """Half-open, connections wait in the kernel's queue, which answers for the server."""
        if self._listener.fileno() != CLOSED:
            self._watch(self._listener, 0 if self._is_half_open else selectors.EVENT_READ, self._accept)

    def _seconds_until_due(self) -> float | None:
        if self._is_half_open:
            return None
        moments = [flow.on_its_way[0][0] for link in self._links for flow in link.flows if flow.on_its_way]
        return max(0.0, min(moments) - time.monotonic()) if moments else None

    def _move_what_is_due(self) -> None:
        if self._is_half_open:
            return
        for link in tuple(self._links):
            if any(flow.on_its_way for flow in link.flows):
                self._serve(link, link.client, 0)


def _ensure_connected(server: socket.socket) -> None:
    """Raises OSError when the server has refused."""
    if problem := server.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        raise OSError(problem, "the server cannot be reached")
