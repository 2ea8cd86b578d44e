from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_started
from django.db import close_old_connections

from config.interfaces.http.content_type import with_readable_content_type

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _no_look_at_connections() -> Iterator[None]:
    """As Django's own test client does: a real handler looks after the database connections first."""
    request_started.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)


def post(content_type: str) -> tuple[str, str]:
    """The status line of a POST through the handler of a real server, and the type that it was given."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/api/rails/nonesuch/callbacks/",
        "HTTP_HOST": "testserver",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": "2",
        "wsgi.input": io.BytesIO(b"{}"),
    }
    setup_testing_defaults(environ)
    statuses: list[str] = []

    def start_response(status: str, *_: object) -> Any:
        statuses.append(status)

    list(with_readable_content_type(WSGIHandler())(environ, start_response))
    return statuses[0], environ["CONTENT_TYPE"]


@pytest.mark.parametrize("content_type", ["", "application/json", "application/json; charset=utf-8", "x"])
def test_it_hands_on_what_can_be_read(content_type: str) -> None:
    assert post(content_type) == ("404 Not Found", content_type)


@pytest.mark.parametrize("parameter", ["charset*=nonsense''%41", "x*=nonsense''%41"])
def test_it_answers_where_django_would_fail(parameter: str) -> None:
    assert post(f"application/json; {parameter}") == ("404 Not Found", "application/x-unreadable")


@pytest.mark.parametrize("charset", ["utf-16", "latin-1", "nonsense", ""])
def test_it_keeps_other_charsets_from_django(charset: str) -> None:
    assert post(f"text/plain; charset={charset}")[1] == "application/x-unreadable"
