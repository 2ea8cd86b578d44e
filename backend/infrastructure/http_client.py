"""The one way out: every call to another server goes through a client made here."""

from __future__ import annotations

import math
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

from core.tracing import call

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator, Mapping

MOST_ANSWER_BYTES = 4 * 1024 * 1024


class AnswerTooLarge(httpx.TransportError):
    """The server sent more than we are ready to read."""


class _Deadline(threading.local):
    """When the present call of this thread must be over, by the monotonic clock."""

    at = math.inf

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        self.at = time.monotonic() + seconds
        try:
            yield
        finally:
            self.at = math.inf

    def bound(self, wait_seconds: float | None) -> float | None:
        """The wait, cut to what is left of the call. Raises httpcore.ReadTimeout when nothing is."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("The call took too long.")
        wanted = math.inf if wait_seconds is None else wait_seconds
        return None if left == wanted == math.inf else min(left, wanted)


_deadline = _Deadline()


class _BoundedStream(httpcore.NetworkStream):
    """A connection on which no wait goes beyond the call's deadline.

    httpx bounds each wait on its own: a server that sends a byte now and then would never time out.
    """

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _deadline.bound(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _deadline.bound(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _BoundedStream(self._stream.start_tls(ssl_context, server_hostname, _deadline.bound(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _BoundedBackend(httpcore.SyncBackend):
    def connect_tcp(self, *args: Any, **kwargs: Any) -> httpcore.NetworkStream:
        return _BoundedStream(super().connect_tcp(*args, **kwargs))


def make_client(*, base_url: str, connect_seconds: float, total_seconds: float) -> httpx.Client:
    """A client without retries, redirects or proxies from the environment: it sends once, there, or fails."""
    transport = httpx.HTTPTransport(retries=0)
    # httpcore's documented hook for connections of one's own; httpx has no option that passes it on.
    transport._pool._network_backend = _BoundedBackend()  # noqa: SLF001
    return httpx.Client(
        base_url=base_url,
        timeout=httpx.Timeout(total_seconds, connect=connect_seconds),
        transport=transport,
        follow_redirects=False,
        trust_env=False,
        # What is read is counted and parsed as it comes.
        headers={"Accept-Encoding": "identity"},
    )


def fetch(
    client: httpx.Client,
    method: str,
    path: str,
    *,
    deadline_seconds: float,
    json: object = None,
    params: Mapping[str, list[str]] | None = None,
) -> tuple[int, bytes]:
    """Status and body of the answer, within one deadline for the whole call and bounded in size.

    Raises the httpx.TransportError that tells what happened.
    """
    body = bytearray()
    # A trace ends at the house's door: the other side is told of none.
    with call(method, method=method, server=client.base_url.host) as calling:
        with (
            _deadline.within(deadline_seconds),
            client.stream(method, path, json=json, params=params) as answer,
        ):
            for chunk in answer.iter_raw():
                body += chunk
                if len(body) > MOST_ANSWER_BYTES:
                    raise AnswerTooLarge("The answer is too large.")
        calling.tell(status_code=answer.status_code)
    return answer.status_code, bytes(body)
