"""What no field refused and PostgreSQL does, in views of every kind."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
import structlog
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import path
from rest_framework.views import APIView

from config.settings.logs import RefusalsInOneLine

if TYPE_CHECKING:
    from django.http import HttpRequest
    from pytest_django import Settings
    from rest_framework.request import Request


def ask(statement: str) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute(statement)
    return HttpResponse()


def page(_request: HttpRequest, statement: str) -> HttpResponse:
    return ask(statement)


class Endpoint(APIView):
    authentication_classes = ()
    permission_classes = ()

    def get(self, _request: Request, statement: str) -> HttpResponse:
        return ask(statement)


class Urls:
    urlpatterns = [
        path("admin/<path:statement>/", page),
        path("api/page/<path:statement>/", page),
        path("api/endpoint/<path:statement>/", Endpoint.as_view()),
    ]


UNSTORABLE = "SELECT 'x'::integer"
AWAY = "SELECT pg_terminate_backend(pg_backend_pid())"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("prefix", "content_type"),
    [
        ("/admin", "text/html"),
        ("/api/page", "application/problem+json"),
        ("/api/endpoint", "application/problem+json"),
    ],
)
@pytest.mark.parametrize(
    ("statement", "status", "event"),
    [(UNSTORABLE, 400, "database_refused_data"), (AWAY, 503, "database_unavailable")],
)
def test_it_catches_what_the_database_refuses_and_logs_a_line(
    settings: Settings, prefix: str, content_type: str, statement: str, status: int, event: str
) -> None:
    settings.ROOT_URLCONF = Urls
    with structlog.testing.capture_logs() as lines:
        response = Client(raise_request_exception=False).get(f"{prefix}/{statement}/")

    assert response.status_code == status
    assert response["Content-Type"].startswith(content_type)
    assert [line["event"] for line in lines if line["log_level"] != "info"] == [event]


@pytest.mark.parametrize(("status", "shows_how"), [(400, False), (404, False), (500, True), (None, True)])
def test_it_shows_how_faults_came_about_and_not_refusals(status: int | None, shows_how: bool) -> None:  # noqa: FBT001
    fault = ZeroDivisionError()
    record = logging.LogRecord("django", logging.ERROR, "", 0, "", None, (type(fault), fault, None))
    if status is not None:
        record.status_code = status

    assert RefusalsInOneLine().filter(record)

    assert (record.exc_info is not None) == shows_how
    assert record.levelname == ("ERROR" if shows_how else "WARNING")
