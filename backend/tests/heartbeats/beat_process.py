"""Celery's beat as it runs in production: a process of its own that only sends."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.events.relay_process import BACKEND, database_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def beat_process(folder: Path, *, broker_url: str) -> Iterator[int]:
    """Its process id; killed at the end."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.infrastructure.worker_settings",
        "DATABASE_URL": database_url(),
        "CELERY_BROKER_URL": broker_url,
        "PAYOUTS_ROLE": "beat",
        "SWEEP_SECONDS": "0.5",
    }
    command = ("-m", "celery", "-A", "config", "--quiet", "beat", "--schedule", str(folder / "schedule"))
    with (
        (folder / "beat.log").open("wb") as output,
        subprocess.Popen(
            [sys.executable, *command],
            cwd=BACKEND,
            env=os.environ | environment,
            stdout=output,
            stderr=output,
        ) as process,
    ):
        try:
            yield process.pid
        finally:
            process.kill()
