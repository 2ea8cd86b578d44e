"""Asking a dependency without ever waiting longer than one wants to."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock, Thread
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Question:
    """A question that has been asked and may not be answered yet."""

    answer: Future[bool]

    def is_up(self, timeout_seconds: float) -> bool:
        """Whether the dependency has answered well; no answer in time is a no."""
        try:
            return self.answer.result(timeout_seconds)
        except TimeoutError:
            return False


class Probe:
    """Asks in a thread of its own: a server that takes a connection and never answers cannot be interrupted.

    However many ask, there is one thread at a time; whoever comes while it runs shares its answer.
    """

    def __init__(
        self, name: str, attempt: Callable[[], None], *, failures: tuple[type[Exception], ...]
    ) -> None:
        self._name = name
        self._attempt = attempt
        self._failures = failures
        self._lock = Lock()
        self._running: Question | None = None

    def ask(self) -> Question:
        with self._lock:
            if self._running is None or self._running.answer.done():
                self._running = Question(Future())
                Thread(
                    target=self._run, args=(self._running,), name=f"probe-{self._name}", daemon=True
                ).start()
            return self._running

    def _run(self, question: Question) -> None:
        try:
            self._attempt()
        except self._failures as error:
            log.warning("dependency_down", dependency=self._name, error=type(error).__name__)
            question.answer.set_result(False)
        except Exception as error:  # the edge of the thread: whoever waits must hear of it
            log.exception("probe_failed", dependency=self._name)
            question.answer.set_exception(error)
        else:
            question.answer.set_result(True)
