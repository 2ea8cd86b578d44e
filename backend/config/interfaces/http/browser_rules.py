"""The headers by which browsers are told what an answer may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from csp.utils import build_policy
from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase


class BrowserRulesMiddleware:
    """A page may have scripts, styles and images of this host; any other answer may have nothing at all.

    The policies are composed once. The library's own middleware does that for every answer, and takes longer
    for it than a whole request has to spare.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response
        self._for_pages = build_policy(settings.PAGE_CONTENT_POLICY)
        self._for_machines = build_policy(settings.OTHER_CONTENT_POLICY)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        headers = response.headers
        is_page = headers.get("Content-Type", "").startswith("text/html")
        headers["Content-Security-Policy"] = self._for_pages if is_page else self._for_machines
        headers["Permissions-Policy"] = settings.PERMISSIONS_POLICY
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        return response
