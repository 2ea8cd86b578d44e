"""A request that does not say for which host it is would be taken for one to the address of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# Older ones need not name a host; load balancers probe with them.
_HOST_NOT_NEEDED = {"HTTP/0.9", "HTTP/1.0"}


def with_host(application: WSGIApplication) -> WSGIApplication:
    """The application, which refuses what names no host as it refuses a foreign one (RFC 9112, 3.2)."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("SERVER_PROTOCOL") not in _HOST_NOT_NEEDED:
            environ.setdefault("HTTP_HOST", "")
        return application(environ, start_response)

    return answer
