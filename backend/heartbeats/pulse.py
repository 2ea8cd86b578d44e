"""A process's way to show that it works, without ever harming the work."""

from __future__ import annotations

import os
import secrets
import socket
from time import monotonic
from typing import TYPE_CHECKING

import structlog
from django.db import Error

from database.unavailable import reason_of
from heartbeats.repositories import beat

if TYPE_CHECKING:
    from collections.abc import Callable

    from heartbeats.signs_of_life import Role

log = structlog.get_logger(__name__)

BEAT_SECONDS = 5.0


def this_process() -> str:
    """A name that no other process has, not even a container started anew under its old name and number."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(2)}"


class Pulse:
    """Beats when it is told that work was done, at most every `BEAT_SECONDS`."""

    def __init__(self, *, role: Role, instance: str, clock: Callable[[], float] = monotonic) -> None:
        self._role = role
        self._instance = instance
        self._clock = clock
        self._next_at = clock()

    def show(self) -> None:
        """Call it between two pieces of work, in no transaction. A failure is logged, and never raised."""
        if self._clock() < self._next_at:
            return
        self._next_at = self._clock() + BEAT_SECONDS
        try:
            beat(role=self._role, instance=self._instance)
        except Error as error:
            log.warning("heartbeat_not_written", role=self._role.value, error=reason_of(error))
