"""A pytest plugin: one real PostgreSQL and one real Valkey for the whole test session.

Loaded with `-p` before Django's settings are read. The workers of pytest-xdist inherit the addresses. Who
sets DATABASE_URL and REDIS_URL brings servers of their own.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cli.embedded.postgres import EmbeddedPostgres
from cli.embedded.valkey import EmbeddedValkey

if TYPE_CHECKING:
    import pytest

    from cli.embedded.server import EmbeddedServer

_SERVERS = {"DATABASE_URL": EmbeddedPostgres, "REDIS_URL": EmbeddedValkey}
_started: list[EmbeddedServer] = []
_home = tempfile.TemporaryDirectory(prefix="payouts-tests-", ignore_cleanup_errors=True)


def _start_missing() -> None:
    for variable, server_class in _SERVERS.items():
        if variable not in os.environ:
            server = server_class(home=Path(_home.name), durable=False)
            os.environ[variable] = server.start()
            _started.append(server)


_start_missing()


def pytest_unconfigure(config: pytest.Config) -> None:  # noqa: ARG001  the hook's signature
    while _started:
        _started.pop().stop()
    _home.cleanup()
