"""The doors by which a server comes in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.handlers.asgi import ASGIHandler

from config.asgi import application as asgi_application
from config.wsgi import application as wsgi_application

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.django_db
def test_it_answers_a_wsgi_server() -> None:
    environ: dict[str, Any] = {"PATH_INFO": "/health/live/", "HTTP_HOST": "localhost"}
    setup_testing_defaults(environ)
    statuses: list[str] = []

    def start_response(status: str, _headers: object, _error: object = None, /) -> Callable[[bytes], object]:
        statuses.append(status)
        return lambda _body: None

    body = wsgi_application(environ, start_response)

    assert b"".join(body) == b'{"status":"alive"}'
    assert statuses == ["200 OK"]


def test_it_has_an_entry_for_asgi_servers() -> None:
    assert isinstance(asgi_application, ASGIHandler)
