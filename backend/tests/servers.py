"""A pytest plugin: one real PostgreSQL and one real Valkey for the whole test session.

Loaded with `-p` before Django's settings are read. The workers of pytest-xdist inherit the addresses. Who
sets DATABASE_URL and REDIS_URL brings servers of their own.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cli.embedded.postgres import EmbeddedPostgres
from cli.embedded.valkey import EmbeddedValkey

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

_SERVERS = {"DATABASE_URL": EmbeddedPostgres, "REDIS_URL": EmbeddedValkey}


@contextmanager
def home_for_servers() -> Iterator[Path]:
    """A folder that goes afterwards. Started by root, PostgreSQL runs as somebody else, who must get there."""
    with tempfile.TemporaryDirectory(prefix="payouts-tests-", ignore_cleanup_errors=True) as name:
        home = Path(name)
        home.chmod(0o711)
        yield home


_cleanup = ExitStack()
_home = _cleanup.enter_context(home_for_servers())


def _start_missing() -> None:
    for variable, server_class in _SERVERS.items():
        if variable not in os.environ:
            server = server_class(home=_home, durable=False)
            os.environ[variable] = server.start()
            _cleanup.callback(server.stop)


_start_missing()


def pytest_unconfigure(config: pytest.Config) -> None:  # noqa: ARG001  the hook's signature
    _cleanup.close()
