"""Lets as many requests in as can be worked on, a few more wait a moment, and refuses the rest at once.

Without it requests queue until their clients have given up, and the work is done for nobody.
"""

from __future__ import annotations

import time
import uuid
from http import HTTPStatus
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import structlog
from django.http import HttpResponse

from config.interfaces.http.problems import RETRY_AFTER_SECONDS, Problem, render_problem
from config.interfaces.http.request_id import HEADER as REQUEST_ID_HEADER
from core.request_context import request_id
from infrastructure.metrics.measures import OVERLOADED as OVERLOADED_REASON
from infrastructure.metrics.measures import REFUSED

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from config.web_capacity import WebCapacity

log = structlog.get_logger(__name__)

# Whoever asks how the process is must get an answer, most of all when it has too much to do.
_ALWAYS_ADMITTED = ("/health/", "/metrics")
_SECONDS_BETWEEN_WARNINGS = 1.0

OVERLOADED = Problem(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "overloaded",
    "Too many requests at once",
    "There are more requests than the service can work on. This one was not looked at: send it again later.",
    headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
)


class _Places:
    """So many may be taken at a time. A semaphore of Python's takes ten times the steps for it."""

    def __init__(self, number: int) -> None:
        self._free: SimpleQueue[None] = SimpleQueue()
        for _ in range(number):
            self._free.put(None)

    def take(self, *, patience_seconds: float) -> bool:
        try:
            self._free.get(timeout=patience_seconds)
        except Empty:
            return False
        return True

    def give_back(self) -> None:
        self._free.put(None)


class Admission:
    """A WSGI application around another one; it belongs outside of everything that does work."""

    def __init__(self, application: WSGIApplication, capacity: WebCapacity) -> None:
        self._application = application
        self._patience_seconds = capacity.patience_seconds
        self._inside = _Places(capacity.in_work + capacity.waiting)
        self._at_work = _Places(capacity.in_work)
        self._next_warning = 0.0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").startswith(_ALWAYS_ADMITTED):
            return self._application(environ, start_response)
        if not self._inside.take(patience_seconds=0):
            return self._refuse(start_response)
        try:
            return self._answer_in_turn(environ, start_response)
        finally:
            self._inside.give_back()

    def _answer_in_turn(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not self._at_work.take(patience_seconds=self._patience_seconds):
            return self._refuse(start_response)
        try:
            return _finished(self._application(environ, start_response))
        finally:
            self._at_work.give_back()

    def _refuse(self, start_response: StartResponse) -> Iterable[bytes]:
        REFUSED.labels(OVERLOADED_REASON).inc()
        self._warn()
        token = request_id.set(uuid.uuid4().hex)
        try:
            answer = render_problem(OVERLOADED)
            answer[REQUEST_ID_HEADER] = request_id.get()
        finally:
            request_id.reset(token)
        answer["Content-Length"] = str(len(answer.content))
        start_response(f"{answer.status_code} {answer.reason_phrase}", list(answer.items()))
        return [answer.content]

    def _warn(self) -> None:
        """One line for many refusals: writing one for each would be work that an overload does not need."""
        now = time.monotonic()
        if now >= self._next_warning:
            self._next_warning = now + _SECONDS_BETWEEN_WARNINGS
            log.warning("overloaded")


def _finished(answer: Iterable[bytes]) -> Iterable[bytes]:
    """The answer without anything to do behind it: a client that reads slowly keeps nobody from working.

    Files are left as they are; nothing but the client is waited for while one is sent.
    """
    if not isinstance(answer, HttpResponse):
        return answer
    try:
        return list(answer)
    finally:
        answer.close()  # gives the database connection back
