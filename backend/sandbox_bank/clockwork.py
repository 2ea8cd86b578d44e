"""What happens in the bank without being asked for: due executions, returns, callbacks."""

import threading
from collections.abc import Callable
from typing import Final

import structlog

POLL_SECONDS: Final = 0.05
PAUSE_AFTER_ERROR_SECONDS: Final = 1.0

log = structlog.get_logger()


class Clockwork(threading.Thread):
    """Repeats one piece of work until stopped: at once while it finds something to do, else at each poll.

    All that is due stands in the store, so a poll after a restart finds what was due before it.
    """

    def __init__(self, name: str, work: Callable[[], bool], stopping: threading.Event) -> None:
        super().__init__(name=name, daemon=True)
        self._work = work
        self._stopping = stopping

    def run(self) -> None:
        while not self._stopping.is_set():
            pause_seconds = self._work_once()
            if pause_seconds:
                self._stopping.wait(pause_seconds)

    def _work_once(self) -> float:
        try:
            return 0.0 if self._work() else POLL_SECONDS
        except Exception:  # the edge of this thread: a full disk now must not end all later callbacks
            log.exception("clockwork_failed", clockwork=self.name)
            return PAUSE_AFTER_ERROR_SECONDS
