"""Leaving a server alone that does not answer, so that nobody waits for it or keeps knocking. Pure."""

from __future__ import annotations

import math
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# Beyond this many doublings every pause has reached its longest; keeps the power small.
_MOST_DOUBLINGS = 30


class Breaker:
    """Lets calls through until too many in a row have failed, and then only one after each pause.

    `patience`: how many failures in a row it takes. Pauses double from the first to the longest, in seconds
    of the clock. Whoever asks first after a pause tries the server for all; what comes of it decides whether
    everybody may call again, or the next pause begins. Any number of threads may share a breaker.
    """

    def __init__(
        self,
        *,
        patience: int,
        first_pause_seconds: float,
        longest_pause_seconds: float,
        clock: Callable[[], float],
    ) -> None:
        self._patience = patience
        self._first_pause_seconds = first_pause_seconds
        self._longest_pause_seconds = longest_pause_seconds
        self._clock = clock
        self._lock = Lock()
        self._failures = 0
        self._pauses = 0
        self._rests_until = -math.inf

    @property
    def is_resting(self) -> bool:
        """Whether a call would not be let through now."""
        return self._clock() < self._rests_until

    @property
    def is_in_doubt(self) -> bool:
        """Whether the server was away at last, and nobody has found out since that it is back."""
        return self._pauses > 0

    def admit(self) -> bool:
        """Whether the caller may call now; it must then tell what came of it.

        After a pause one caller is let through, and nobody else until it has told; or, if it never does,
        until the longest pause is over.
        """
        with self._lock:
            if self.is_resting:
                return False
            if self._pauses:
                self._rests_until = self._clock() + self._longest_pause_seconds
            return True

    def record_success(self) -> None:
        with self._lock:
            self._failures = self._pauses = 0
            self._rests_until = -math.inf

    def record_failure(self) -> None:
        """The call failed; one of several in a row, or the one that was to try the server."""
        with self._lock:
            self._failures += 1
            if self._pauses or self._failures >= self._patience:
                self._rest()

    def trip(self) -> None:
        """The call failed in a way that leaves no doubt: the server is away, however patient one is."""
        with self._lock:
            self._rest()

    def _rest(self) -> None:
        doublings: int = min(self._pauses, _MOST_DOUBLINGS)
        pause_seconds = min(self._first_pause_seconds * (1 << doublings), self._longest_pause_seconds)
        self._rests_until = self._clock() + pause_seconds
        self._pauses += 1
