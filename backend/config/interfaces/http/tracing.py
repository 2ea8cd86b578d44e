from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed

from access.caller import Caller
from config.interfaces.http.request_id import HEADER as REQUEST_ID_HEADER
from core.http_methods import known_method
from core.tracing import serve

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

    from core.tracing import Span

SERVER_ERROR = 500
# Asked by machines every few seconds, and files: nobody looks for a trace of these.
_NOT_TRACED = ("/health/", "/metrics", f"/{settings.STATIC_URL.strip('/')}/")


class TracingMiddleware:
    """Measures the answer to each request, in a trace of its own. The outermost; away when tracing is off.

    The span is named by the route. The path, the query and the headers stay here: they may hold anything.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.TRACING:
            raise MiddlewareNotUsed
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(_NOT_TRACED):
            return self._get_response(request)
        with serve(known_method(request.method), caller=request.headers.get("traceparent", "")) as span:
            response = self._get_response(request)
            _tell(span, request, response)
            return response


def _tell(span: Span, request: HttpRequest, response: HttpResponse) -> None:
    method = known_method(request.method)
    route = request.resolver_match.route if request.resolver_match else ""
    span.tell(
        name=f"{method} {route}".rstrip(),
        method=method,
        route=route,
        status_code=response.status_code,
        request_id=response.headers.get(REQUEST_ID_HEADER, ""),
    )
    user: object = getattr(request, "user", None)
    if type(user) is Caller:  # isinstance would load a session's user from the database
        span.tell(organization_id=user.organization_id)
    if response.status_code >= SERVER_ERROR:
        span.fail(str(response.status_code))
