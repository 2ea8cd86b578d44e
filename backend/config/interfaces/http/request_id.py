from __future__ import annotations

import re
import secrets
import time
from typing import TYPE_CHECKING

import structlog

from access.caller import Caller
from core.http_methods import known_method
from core.log_context import forget_what_it_was_about
from core.request_context import request_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

log = structlog.get_logger(__name__)

HEADER = "X-Request-ID"
# `request.headers` would look at all of them.
_IN_META = "HTTP_X_REQUEST_ID"
_SANE = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)


class RequestIdMiddleware:
    """Gives every request an id, which its log lines, its events and its answer carry; logs one line.

    A sane id of the client's is taken over, so that its logs and ours can be put together.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = request_id.set(_accepted_or_new(request.META.get(_IN_META, "")))
        forget_what_it_was_about()
        started = time.perf_counter()
        try:
            response = self._get_response(request)
            response[HEADER] = request_id.get()
            _log_request(request, response.status_code, time.perf_counter() - started)
        finally:
            request_id.reset(token)
            forget_what_it_was_about()  # the thread goes on with somebody else's request
        return response


def _accepted_or_new(offered: str) -> str:
    return offered if _SANE.fullmatch(offered) else secrets.token_hex(16)


def _log_request(request: HttpRequest, status: int, duration_seconds: float) -> None:
    # The route, not the path: a path may hold anything, and its ids would make every line another one.
    route = request.resolver_match.route if request.resolver_match else ""
    write = log.debug if route.startswith("health/") else log.info
    write(
        "request",
        method=known_method(request.method),
        route=route,
        status=status,
        duration_ms=round(duration_seconds * 1000, 1),
        actor=_actor_of(request),
    )


def _actor_of(request: HttpRequest) -> str:
    user: object = getattr(request, "user", None)
    # By type(): isinstance would load a session's user from the database, only to log it.
    return user.actor if type(user) is Caller else ""
