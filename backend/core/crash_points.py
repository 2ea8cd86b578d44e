"""Named places between two lines at which a process may die. Only tests let anything happen there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class CrashPoints:
    """Calls `strike` with the name of each place that is reached; off, as in production, it only compares."""

    def __init__(self) -> None:
        self.strike: Callable[[str], None] | None = None

    def reach(self, name: str) -> None:
        if self.strike is not None:
            self.strike(name)


crash_points = CrashPoints()
