"""Workers, relay and beat answer nobody, and load no pages to start with; nor does the relay call banks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

BACKEND = Path(__file__).parents[2]
# What Celery does before a worker is ready: it loads the tasks, and makes all of Django's checks.
START = """
import sys
import config.celery
config.celery.app.loader.import_default_modules()
names = "payouts.models", "allauth", "config.urls", "console", "rest_framework", "unfold"
print([name for name in names if name in sys.modules])
"""
# What the relay does until it wakes a worker.
WAKE = """
import sys
import django
django.setup()
import events.management.commands.relay
from infrastructure.payouts.event_handlers import wake_workers_for
wake_workers_for([])
print([name for name in ("infrastructure.payouts.tasks", "httpx") if name in sys.modules])
"""


def ran(program: str, *, role: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=BACKEND,
        env={**os.environ, "PAYOUTS_ROLE": role},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_starts_a_worker_without_the_pages_of_the_web() -> None:
    done = ran(START, role="worker")
    assert done.stdout == "['payouts.models']\n", done.stderr


def test_it_wakes_workers_without_the_client_of_a_bank() -> None:
    done = ran(WAKE, role="relay")
    assert done.stdout == "['infrastructure.payouts.tasks']\n", done.stderr
