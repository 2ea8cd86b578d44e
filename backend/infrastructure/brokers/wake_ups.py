"""The queue of wake-ups as somebody sees it who only looks, whatever broker keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Broker:
    """`waiting` messages lie in the queue, `in_work` ones are with a worker."""

    waiting: int
    in_work: int | None
    """None where the broker tells it to nobody but its own administrators."""
    software: str
    """Such as "Valkey 9.1.2"."""


class BrokerNotSeenError(Exception):
    """It is away, or has not answered in time."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(type(cause).__name__)


class WakeUps(Protocol):
    """One connection to the broker, made when it is first needed and again when it is lost.

    Both questions raise BrokerNotSeenError, within the time that was given.
    """

    def count_waiting(self) -> int: ...

    def look(self) -> Broker: ...

    def close(self) -> None: ...
