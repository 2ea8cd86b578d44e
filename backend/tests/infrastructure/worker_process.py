"""A Celery worker as it runs in production: a process of its own, with children of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from celery import Celery

from tests.events.relay_process import database_url

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BACKEND = Path(__file__).parents[2]
READY = "ready."


@dataclass(frozen=True)
class Worker:
    broker_url: str
    log: Path
    process: subprocess.Popen[bytes]

    def wake(self, *, times: int = 1) -> None:
        """Send the sandbox rail's wake-up, as the relay does."""
        with Celery(broker=self.broker_url, set_as_current=False) as client:
            for _ in range(times):
                client.send_task("infrastructure.payouts.tasks.process_payouts", ["sandbox"])

    def has_said(self, words: str) -> bool:
        return words in self.log.read_text(encoding="utf-8")


@contextmanager
def worker_process(
    log: Path, *, broker_url: str, bank_url: str, concurrency: int = 1, patience_seconds: float = 120
) -> Iterator[Worker]:
    """A worker on the test's database that is ready for messages; killed with its children at the end."""
    environment = {
        "DJANGO_SETTINGS_MODULE": "tests.infrastructure.worker_settings",
        "DATABASE_URL": database_url(),
        "CELERY_BROKER_URL": broker_url,
        "SANDBOX_BANK_URL": bank_url,
        "PAYOUTS_ROLE": "worker",
        "WORKER_PATIENCE_SECONDS": str(patience_seconds),
    }
    flags = ("--loglevel", "INFO", "--concurrency", str(concurrency), "--without-gossip", "--without-mingle")
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "config", "--quiet", "worker", *flags],
            cwd=BACKEND,
            env=os.environ | environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        ) as process,
    ):
        worker = Worker(broker_url, log, process)
        try:
            wait_until(lambda: worker.has_said(READY), timeout_seconds=30)
            yield worker
        finally:
            with suppress(ProcessLookupError):  # it may have ended by itself
                os.killpg(process.pid, signal.SIGKILL)


def wait_until(is_true: Callable[[], bool], *, timeout_seconds: float) -> float:
    """Wait for it; returns the seconds it took."""
    started = time.monotonic()
    while not is_true():
        assert time.monotonic() - started < timeout_seconds, "it never came true"
        time.sleep(0.02)
    return time.monotonic() - started
