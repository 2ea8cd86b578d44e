"""Gunicorn's settings; `--bind` and the like on the command line win."""

from __future__ import annotations

import os

# Before anything of the project is imported, which would choose the settings of a developer's machine.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")
os.environ.setdefault("PAYOUTS_ROLE", "web")

from typing import Any

from config.web_capacity import MOST_CLIENTS, raise_open_files, web_capacity
from core.garbage import NEW_OBJECTS_OF_REQUESTS, spare_what_stays
from infrastructure.metrics.gunicorn_hooks import child_exit, post_worker_init  # noqa: F401  found by their names

_capacity = web_capacity()

bind = "0.0.0.0:8000"
worker_class = "config.gunicorn_worker.PatientWorker"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = _capacity.threads
# Workers are copies of a master that has loaded everything: a killed one is back in a moment. New code comes
# with a new master (USR2), and not with HUP.
preload_app = True
# Above the statement time-out: a request that waits for the database is answered, not killed.
timeout = 30
graceful_timeout = 30
keepalive = 30
# Whoever comes when this many are connected to a worker waits in the system's queue, which ends too.
worker_connections = _capacity.clients(open_files=raise_open_files(MOST_CLIENTS + _capacity.own_files))
backlog = 256
# A worker that has served this many requests is replaced, so that a leak in a library never adds up.
max_requests = 50_000
max_requests_jitter = 5_000
control_socket_disable = True
# Nobody's headers are believed here: Django decides by TRUSTED_PROXIES, and in one place.
forwarded_allow_ips = ""


def when_ready(_server: Any) -> None:
    """Called in the master, which has loaded everything, before it makes its workers."""
    spare_what_stays(new_objects=NEW_OBJECTS_OF_REQUESTS)
