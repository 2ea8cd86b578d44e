"""What a seed decides: which faults, in which order, each with chance of its own."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.chaos.matrix import Row

PAUSE_SECONDS = 3.0
"""Of calm between two episodes, so that the next one finds a service that runs."""


@dataclass(frozen=True)
class Episode:
    number: int
    row: Row
    seed: str

    def chance(self) -> random.Random:
        return random.Random(self.seed)


def make_plan(*, seed: int, minutes: float, rows: Sequence[Row]) -> list[Episode]:
    """Rounds of all rows, each round in another order, as many as fit; at least one episode."""
    chance = random.Random(seed)
    episodes: list[Episode] = []
    left_seconds = minutes * 60
    while True:
        for row in chance.sample(rows, len(rows)):
            if episodes and row.seconds + PAUSE_SECONDS > left_seconds:
                return episodes
            episodes.append(Episode(len(episodes), row, f"{seed}/{len(episodes)}/{row.name}"))
            left_seconds -= row.seconds + PAUSE_SECONDS
