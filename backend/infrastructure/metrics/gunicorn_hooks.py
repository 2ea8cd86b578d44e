"""What Gunicorn calls, by names of its own."""

from __future__ import annotations

import os
from typing import Any


def post_worker_init(_worker: Any) -> None:
    """Called in each worker, which has loaded everything: the port belongs to all of them."""
    if os.environ.get("METRICS_PORT"):
        from infrastructure.metrics.server import serve_metrics  # noqa: PLC0415  needs the app registry

        serve_metrics()


def child_exit(_server: Any, _worker: Any) -> None:
    """Called in the master: what its worker has counted stays counted."""
    from infrastructure.metrics.ended_processes import fold_ended_processes  # noqa: PLC0415  when all is set up

    fold_ended_processes()
