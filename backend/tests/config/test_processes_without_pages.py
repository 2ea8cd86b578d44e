"""Workers, relay and beat answer nobody, and load no pages to start with."""

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
print([name for name in ("payouts.models", "allauth", "config.urls", "unfold", "console") if name in sys.modules])
"""


def test_it_starts_a_worker_without_the_pages_of_the_web() -> None:
    done = subprocess.run(
        [sys.executable, "-c", START],
        cwd=BACKEND,
        env={**os.environ, "PAYOUTS_ROLE": "worker"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == "['payouts.models']\n", done.stderr
