from __future__ import annotations

from enum import StrEnum


class Environment(StrEnum):
    """Whether an organization moves real money. Test organizations only ever reach the sandbox."""

    TEST = "test"
    LIVE = "live"
