"""Workers and beat show that they work: by tasks that were done, not by processes that merely live."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from celery.signals import task_success
from django.conf import settings

from heartbeats.pulse import Pulse
from heartbeats.signs_of_life import Role

if TYPE_CHECKING:
    from celery import Task


@task_success.connect
def show_who_works(sender: Task[..., object], **_: object) -> None:
    """Runs in the worker's child after each of its tasks, before Celery closes the task's connection."""
    request = sender.request
    if request.is_eager:
        return
    _pulse_of(Role.WORKER, str(request.hostname)).show()
    if sender.name in _sweeps():
        # It has come through the broker from the beat that is its origin.
        _pulse_of(Role.BEAT, str(request.origin)).show()


# A beat that is started anew has another name; the few that a child meets in its life are kept.
@lru_cache(maxsize=16)
def _pulse_of(role: Role, instance: str) -> Pulse:
    return Pulse(role=role, instance=instance)


def _sweeps() -> set[str]:
    """The tasks that nobody but beat sends."""
    return {str(entry["task"]) for entry in settings.CELERY_BEAT_SCHEDULE.values()}
