"""A net below Django, which fails on some Content-Type headers before any of its error handling is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.http import parse_header_parameters

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_UNREADABLE = "application/x-unreadable"  # no parser takes it: the answer is 415


def with_readable_content_type(application: WSGIApplication) -> WSGIApplication:
    """The application, never given a header such as `charset*=x''%41` that Django cannot read (RFC 2231)."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            parse_header_parameters(environ.get("CONTENT_TYPE", ""))
        except ValueError:
            environ["CONTENT_TYPE"] = _UNREADABLE
        return application(environ, start_response)

    return answer
