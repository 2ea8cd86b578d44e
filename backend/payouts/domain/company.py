"""How many orders travel in one call: fewer with each attempt, so that what breaks calls is soon alone."""

from __future__ import annotations

_FEWER_BY = 10


def most_together(*, attempt_number: int, largest_batch: int) -> int:
    """The largest call for this attempt: of a hundred, a hundred at first, then ten, and then each alone."""
    fewer: int = _FEWER_BY ** (attempt_number - 1)
    return max(1, largest_batch // fewer)
