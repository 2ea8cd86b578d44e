"""Which versions of what the service is made of are at work in this process."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from django.conf import settings
from django.db import connection

_LIBRARIES = {
    "Django": "django",
    "Django REST framework": "djangorestframework",
    "Celery": "celery",
    "psycopg": "psycopg",
    "django-unfold": "django-unfold",
}


def list_versions() -> list[tuple[str, str]]:
    """By name. That of the database's server comes from the connection, and asks for nothing."""
    return [
        ("Payouts", _version_of("payouts")),
        ("Code", settings.CODE_VERSION or "not stated"),
        ("Python", platform.python_version()),
        ("PostgreSQL", _database_version()),
        *((name, _version_of(library)) for name, library in _LIBRARIES.items()),
    ]


def _version_of(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:  # the sources run without having been installed
        return "not installed"


def _database_version() -> str:
    connection.ensure_connection()
    number: int = connection.connection.info.server_version
    return f"{number // 10_000}.{number % 10_000}"
