"""What a seed decides: which faults, in which order, each with chance of its own."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.chaos.matrix import Row


@dataclass(frozen=True)
class Episode:
    number: int
    row: Row
    seed: str

    def chance(self) -> random.Random:
        return random.Random(self.seed)


def make_plan(*, seed: int, rows: Sequence[Row]) -> Iterator[Episode]:
    """Rounds of all rows without end, each round in another order."""
    chance = random.Random(seed)
    rounds = (row for _ in count() for row in chance.sample(rows, len(rows)))
    return (Episode(number, row, f"{seed}/{number}/{row.name}") for number, row in enumerate(rounds))
