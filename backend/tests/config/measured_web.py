"""An application that does nothing, in a process that has loaded Django as the web does, with its metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import django

django.setup()

from config.interfaces.http.admission import Admission  # noqa: E402  needs what was set up
from config.web_capacity import web_capacity  # noqa: E402  the same

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment


def answer(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Length", "0")])
    return [b""]


application = Admission(answer, web_capacity())
