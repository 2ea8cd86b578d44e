"""Which processes show that they work, and how old their last sign may be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime


class Role(StrEnum):
    WORKER = "worker"
    """Has finished a task."""
    RELAY = "relay"
    """Has relayed a batch, or found nothing to relay."""
    BEAT = "beat"
    """Has sent a sweep that a worker has finished."""


# Far above the time between two signs. A worker that drains a queue is silent while its task's budget lasts,
# and sweeps wait behind such tasks; a relay is silent while its handlers wait for a Redis that is away.
LATE_AFTER: Mapping[Role, timedelta] = {
    Role.WORKER: timedelta(seconds=60),
    Role.RELAY: timedelta(seconds=30),
    Role.BEAT: timedelta(seconds=60),
}


@dataclass(frozen=True)
class SignOfLife:
    """The last sign of one process; its age is by the database's clock."""

    role: Role
    instance: str
    first_beat_at: datetime
    age: timedelta

    @property
    def is_late(self) -> bool:
        return self.age > LATE_AFTER[self.role]


def find_silent_roles(signs: Collection[SignOfLife]) -> list[Role]:
    """The roles of which no process is known to work."""
    alive = {sign.role for sign in signs if not sign.is_late}
    return [role for role in Role if role not in alive]
