"""Counts and times every request, and shows the metrics to whoever has the token."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from time import perf_counter
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from config.interfaces.http.problems import problem_of, render_problem
from core.exceptions import Unauthenticated
from core.http_methods import known_method
from infrastructure.metrics.bearer import is_token_good
from infrastructure.metrics.exposition import CONTENT_TYPE, render_metrics
from infrastructure.metrics.measures import REQUEST_SECONDS, REQUESTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from prometheus_client import Counter, Histogram

_NO_ROUTE = "unmatched"


class WrongMetricsToken(Unauthenticated):
    code = "wrong_metrics_token"
    title = "The metrics need a token"

    def __init__(self) -> None:
        super().__init__("Send METRICS_TOKEN as a bearer token.")


class MetricsMiddleware:
    """Stands outside of all others, so that what they take and refuse is counted too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = perf_counter()
        response = self._get_response(request)
        seconds = perf_counter() - began
        # Labels from a client would be without an end: of its path only the pattern that it met is taken.
        method = known_method(request.method)
        route = request.resolver_match.route if request.resolver_match else _NO_ROUTE
        status = response.status_code
        count, times = _measures_of(method, route, status)
        count.inc()
        times.observe(seconds)
        return response


@cache
def _measures_of(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """As many as there are series of them."""
    return (
        REQUESTS.labels(method, route, status),
        REQUEST_SECONDS.labels(method, route, f"{status // 100}xx"),
    )


@require_safe
def show_metrics(request: HttpRequest) -> HttpResponse:
    """As if it were not there where no token is set."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not is_token_good(request.headers.get("Authorization", "")):
        answer = render_problem(problem_of(WrongMetricsToken()))
        answer["WWW-Authenticate"] = "Bearer"
        return answer
    return HttpResponse(
        render_metrics(),
        status=HTTPStatus.OK,
        content_type=CONTENT_TYPE,
        headers={"Cache-Control": "no-store"},
    )
