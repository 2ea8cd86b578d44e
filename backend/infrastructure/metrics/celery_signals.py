"""Celery's own word on tasks and messages, counted; and the ports of worker and beat."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Any

from celery.signals import (
    after_task_publish,
    beat_init,
    task_postrun,
    task_prerun,
    worker_ready,
)

from infrastructure.metrics.measures import MESSAGES, TASK_SECONDS
from infrastructure.metrics.server import serve_metrics

if TYPE_CHECKING:
    from celery import Task

# A child works on one task at a time.
_began: dict[str, float] = {}


@task_prerun.connect
def note_begin(task_id: str, **_: Any) -> None:
    _began[task_id] = perf_counter()


@task_postrun.connect
def time_task(task_id: str, task: Task[..., object], state: str | None = None, **_: Any) -> None:
    began = _began.pop(task_id, None)
    if began is not None:
        TASK_SECONDS.labels(task.name, (state or "unknown").lower()).observe(perf_counter() - began)


@after_task_publish.connect
def count_message(sender: str, **_: Any) -> None:
    MESSAGES.labels(sender).inc()


# The main process of a worker, and never its children: they count, and it tells.
worker_ready.connect(lambda **_: serve_metrics(), weak=False)
beat_init.connect(lambda **_: serve_metrics(), weak=False)
