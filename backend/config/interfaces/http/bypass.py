"""The way around what knows people by their cookies: sessions, CSRF, messages, the sign-in.

Nothing there has anything to read or to keep of a request to the API that carries a key and no cookie at all.
Every other request goes through.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    Answer = Callable[[HttpRequest], HttpResponseBase]

# Django makes the chain of middleware from its end, in one go: who begins the bypass finds its end here.
_chain = threading.local()


def bypass_ends(get_response: Answer) -> Answer:
    """Stands in MIDDLEWARE behind what is gone around, as `BypassBegins` stands before it."""
    _chain.end = get_response
    return get_response


class BypassBegins:
    def __init__(self, get_response: Answer) -> None:
        self._through = get_response
        self._around: Answer = _chain.end

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._around(request) if _comes_by_key_alone(request) else self._through(request)


def _comes_by_key_alone(request: HttpRequest) -> bool:
    return (
        request.path_info.startswith("/api/")
        and request.META.get("HTTP_AUTHORIZATION", "").startswith("Bearer ")
        and not request.META.get("HTTP_COOKIE")
    )
