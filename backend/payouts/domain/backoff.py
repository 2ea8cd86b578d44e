from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta

# Beyond this many doublings every backoff has reached its longest wait; keeps the power small.
_MOST_DOUBLINGS = 30


@dataclass(frozen=True)
class Backoff:
    """Waits that double from `first` to `longest`."""

    first: timedelta
    longest: timedelta

    def after(self, tries: int) -> timedelta:
        """How long to wait after the given number of tries (1 or more)."""
        doublings: int = min(tries - 1, _MOST_DOUBLINGS)
        return min(self.first * (1 << doublings), self.longest)
