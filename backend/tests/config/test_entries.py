"""The doors by which a server comes in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.handlers.asgi import ASGIHandler

from config.asgi import application as asgi_application
from config.wsgi import application as wsgi_application

if TYPE_CHECKING:
    from collections.abc import Callable


BACKEND = Path(__file__).parents[2]


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


@pytest.mark.parametrize("entry", ["config.wsgi", "config.asgi", "config.celery"])
def test_it_starts_with_the_settings_of_production_unless_it_is_told_otherwise(entry: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    command = f"import {entry}\nfrom django.conf import settings\nsettings.DEBUG"

    done = subprocess.run(
        [sys.executable, "-c", command],
        cwd=BACKEND,
        env={**environment, "DJANGO_SECRET_KEY": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode != 0
    assert "DJANGO_SECRET_KEY" in done.stderr  # which production refuses to do without


def test_it_has_an_entry_for_asgi_servers() -> None:
    assert isinstance(asgi_application, ASGIHandler)
