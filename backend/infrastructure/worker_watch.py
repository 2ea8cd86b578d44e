"""A worker that takes no messages, or whose children take no tasks, ends: its supervisor starts another."""

from __future__ import annotations

import os
from contextlib import closing
from threading import Thread
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

import structlog
from celery import bootsteps
from celery.worker import state
from django.conf import settings

from infrastructure.broker import open_wake_ups
from infrastructure.brokers.wake_ups import BrokerNotSeenError

if TYPE_CHECKING:
    from typing import NoReturn

    from celery.worker import WorkController

    from infrastructure.brokers.wake_ups import WakeUps

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
# While the broker is away the main process waits for it, and hears nothing of its children.
ABSENCE_SECONDS = 5.0
# sysexits.h: try again later.
EX_TEMPFAIL = 75


class ChildrenWatch(bootsteps.StartStopStep):
    """Looks how long each task has stood where it stands: waiting for a child, or with one.

    A child that is killed at a bad moment can leave its pool so that no other child gets a task. The main
    process goes on taking messages, and nothing is done: the fault harness saw it once in 600 kills. Within
    the hard time limit every task moves on; one that does not tells of such a pool.
    """

    requires = ("celery.worker.components:Timer",)

    def __init__(self, worker: WorkController, **options: Any) -> None:
        super().__init__(worker, **options)
        self._since: dict[tuple[str, bool], float] = {}
        self._looked_at = monotonic()

    def start(self, worker: Any) -> None:  # the stubs know nothing of its timer
        worker.timer.call_repeatedly(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        now = monotonic()
        if now - self._looked_at > ABSENCE_SECONDS:
            self._since = {}  # what the children have done meanwhile is told after this
        self._looked_at = now
        standing = [(request.id, request in state.active_requests) for request in state.reserved_requests]
        self._since = {place: self._since.get(place, now) for place in standing}
        longest = max((now - since for since in self._since.values()), default=0.0)
        if longest > settings.WORKER_PATIENCE_SECONDS:
            log.error("worker_hangs", tasks=len(standing), seconds=round(longest))
            _end()


class MessagesWatch(bootsteps.StartStopStep):
    """Looks whether messages are taken while some wait.

    A broker that was silent for a while, as behind a half-open connection, can leave Celery waiting for an
    answer that will not come: the fault harness saw it once. The main process may be what hangs, so a thread
    of its own looks.
    """

    def start(self, worker: WorkController) -> None:  # noqa: ARG002  the step's signature
        Thread(target=_watch_messages, name="messages watch", daemon=True).start()


def _watch_messages() -> NoReturn:
    taken, since = 0, monotonic()
    wake_ups = open_wake_ups(connect_timeout_seconds=ABSENCE_SECONDS, answer_timeout_seconds=ABSENCE_SECONDS)
    with closing(wake_ups):
        while True:
            sleep(LOOK_SECONDS)
            if (now_taken := sum(state.total_count.values())) != taken or not _is_any_waiting(wake_ups):
                taken, since = now_taken, monotonic()
            elif (seconds := monotonic() - since) > settings.WORKER_PATIENCE_SECONDS:
                log.error("worker_takes_no_messages", seconds=round(seconds))
                _end()


def _is_any_waiting(wake_ups: WakeUps) -> bool:
    try:
        return bool(wake_ups.count_waiting())
    except BrokerNotSeenError:  # it is away: nobody could take them
        return False


def _end() -> NoReturn:
    """Not a shutdown, which would wait for what hangs. Messages are wake-ups: none is missed."""
    os._exit(EX_TEMPFAIL)
