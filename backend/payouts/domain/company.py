"""How many orders travel in one call: fewer with each attempt, so that what breaks calls is soon alone."""

from __future__ import annotations

_FEWER_BY = 25


def most_together(*, attempt_number: int, largest_batch: int) -> int:
    """The largest call for this attempt: of 250, all of them at first, then ten, and then each alone."""
    fewer: int = _FEWER_BY ** (attempt_number - 1)
    return max(1, largest_batch // fewer)
