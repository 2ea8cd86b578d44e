"""The relay as a process of its own, on the database of the test."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.db import connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BACKEND = Path(__file__).parents[2]


@dataclass(frozen=True)
class RelayProcess:
    process: subprocess.Popen[bytes]
    log: Path

    def has_said(self, event: str) -> bool:
        return event in self.log.read_text(encoding="utf-8")


def database_url(name: str | None = None) -> str:
    """The address of the test's database, or of another one of the same server."""
    settings = connection.settings_dict
    user, password = quote(settings["USER"]), quote(settings["PASSWORD"], safe="")
    return f"postgresql://{user}:{password}@{settings['HOST']}:{settings['PORT']}/{name or settings['NAME']}"


@contextmanager
def relay_process(log: Path) -> Iterator[RelayProcess]:
    """A relay that listens for signals already; killed at the end unless it has stopped by itself."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": database_url(),
        "PAYOUTS_ROLE": "relay",
    }
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "manage.py", "relay"],
            cwd=BACKEND,
            env=os.environ | environment,
            stdout=output,
            stderr=output,
        ) as process,
    ):
        relay = RelayProcess(process, log)
        try:
            wait_until(lambda: relay.has_said("relay_ready"), timeout_seconds=20)
            yield relay
        finally:
            process.kill()


def wait_until(is_true: Callable[[], bool], *, timeout_seconds: float = 10) -> None:
    deadline = time.monotonic() + timeout_seconds
    while not is_true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)
