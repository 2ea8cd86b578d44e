"""Gunicorn's settings; `--bind` and the like on the command line win."""

from __future__ import annotations

import os

bind = "0.0.0.0:8000"
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
# Above the statement time-out: a request that waits for the database is answered, not killed.
timeout = 30
graceful_timeout = 30
keepalive = 30
# A worker that has served this many requests is replaced, so that a leak in a library never adds up.
max_requests = 50_000
max_requests_jitter = 5_000
control_socket_disable = True
