"""Waits for what must come, and says so when it does not."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.chaos.stack import ChaosStack

_POLL_SECONDS = 0.1
_UNDER_WAY = """
SELECT EXISTS (
    SELECT FROM payouts_payout
    WHERE deleted_at IS NULL AND stage IN ('ready', 'sending', 'retry_wait', 'unknown')
)
"""


def wait_until(is_so: Callable[[], bool], *, seconds: float = 15.0) -> None:
    """Raises AssertionError when it is not so in time."""
    ends_at = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < ends_at, f"still not so after {seconds:g} s"
        time.sleep(_POLL_SECONDS)


def is_anything_under_way(stack: ChaosStack) -> bool:
    """Whether a worker has something to do, or will have without anybody asking for more."""
    with stack.database() as database:
        return database.execute(_UNDER_WAY).fetchone() == (True,)
