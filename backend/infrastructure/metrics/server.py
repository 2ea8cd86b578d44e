"""A port of its own for metrics, answered by a thread: an overloaded web still tells that it is."""

from __future__ import annotations

from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore, Thread
from time import sleep
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.db import connections

from infrastructure.metrics.bearer import is_token_good
from infrastructure.metrics.ended_processes import CountsAreBusyError
from infrastructure.metrics.exposition import CONTENT_TYPE, render_metrics

if TYPE_CHECKING:
    import socket

log = structlog.get_logger(__name__)

PATH = "/metrics"
MOST_AT_ONCE = 8
_SILENCE_SECONDS = 5.0
_SECONDS_BETWEEN_TRIES = 5.0


def serve_metrics() -> None:
    """From a process that has work of its own, once. Nothing happens where no port is set.

    Several processes that share their counts share the port, too, and whoever is asked tells for all.
    """
    if settings.METRICS_PORT:
        Thread(target=_serve, name="metrics", daemon=True).start()


def _serve() -> None:
    place = (settings.METRICS_ADDRESS, settings.METRICS_PORT)
    while True:
        try:
            server = MetricsServer(place, shares_port=settings.ROLE == "web")
        except OSError as error:  # its predecessor may still be at its last piece of work
            log.warning("metrics_port_taken", port=settings.METRICS_PORT, error=error.strerror)
            sleep(_SECONDS_BETWEEN_TRIES)
        else:
            server.serve_forever()


class MetricsServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, place: tuple[str, int], *, shares_port: bool) -> None:
        self.allow_reuse_port = shares_port
        self._places = BoundedSemaphore(MOST_AT_ONCE)
        super().__init__(place, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """More than so many at once are no scrapers."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: socket.socket, client_address: Any) -> None:  # type: ignore[override]
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  the signature of the library
        log.exception("metrics_not_told")  # noqa: LOG004  called while it is being handled


class _Handler(BaseHTTPRequestHandler):
    timeout = _SILENCE_SECONDS
    server_version, sys_version = "payouts", ""

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != PATH:
            self._answer(HTTPStatus.NOT_FOUND)
        elif settings.METRICS_TOKEN and not is_token_good(self.headers.get("Authorization", "")):
            self._answer(HTTPStatus.UNAUTHORIZED)
        else:
            self._tell()

    def _tell(self) -> None:
        try:
            self._answer(HTTPStatus.OK, render_metrics())
        except CountsAreBusyError:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE)
        finally:
            connections.close_all()  # this thread's

    def _answer(self, status: HTTPStatus, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: Any) -> None:
        """A line for each scrape says nothing."""
