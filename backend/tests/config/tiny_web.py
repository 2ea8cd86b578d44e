"""An application that does nothing, behind our admission, for tests of the server that runs it."""

from __future__ import annotations

import tempfile
import time
from typing import TYPE_CHECKING

from config.interfaces.http.admission import Admission
from config.web_capacity import web_capacity

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

MOST_BODY_BYTES = 64 * 1024 + 1
LARGE_ANSWER_BYTES = 50_000_000  # more than the buffers of two systems take


def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Reads as much of the body as Django would, works for as long as the query says, tells what it read."""
    body = environ["wsgi.input"].read(MOST_BODY_BYTES)
    time.sleep(float(environ["QUERY_STRING"] or 0))
    told = str(len(body)).encode() if environ["PATH_INFO"] != "/large" else b"x" * LARGE_ANSWER_BYTES
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(told)))])
    return [told]


def answer_with_file(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """As Django does it: the server sends the file by itself."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  the server closes it
    file.truncate(LARGE_ANSWER_BYTES)
    start_response("200 OK", [("Content-Length", str(LARGE_ANSWER_BYTES))])
    wrapped: Iterable[bytes] = environ["wsgi.file_wrapper"](file)
    return wrapped


def route(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    return (answer_with_file if environ["PATH_INFO"] == "/file" else answer)(environ, start_response)


application = Admission(route, web_capacity())
