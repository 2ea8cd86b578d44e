"""A net below Django, which fails on some Content-Type headers before any of its error handling is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.http import parse_header_parameters

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_UNREADABLE = "application/x-unreadable"  # no parser takes it: the answer is 415
# What most requests have, and need not be read to be known.
_READABLE = {"", "application/json"}
_UTF_8 = {"utf-8", "utf8"}


def with_readable_content_type(application: WSGIApplication) -> WSGIApplication:
    """The application, never given a header such as `charset*=x''%41` that Django cannot read (RFC 2231).

    Nor one with another charset: Django would read the address by it as well.
    """

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        content_type = environ.get("CONTENT_TYPE", "")
        if content_type not in _READABLE and not _is_readable(content_type):
            environ["CONTENT_TYPE"] = _UNREADABLE
        return application(environ, start_response)

    return answer


def _is_readable(content_type: str) -> bool:
    try:
        _, parameters = parse_header_parameters(content_type)
    except ValueError:
        return False
    return parameters.get("charset", "utf-8").lower() in _UTF_8
