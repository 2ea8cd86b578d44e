"""A row of the matrix of faults: what is done, what is expected of it, and what was seen."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

    from tests.chaos.accounts import Account
    from tests.chaos.client_log import ClientLog
    from tests.chaos.load import MixedLoad
    from tests.chaos.stack import ChaosStack
    from tests.chaos.strikes import StrikeOrders


@dataclass(frozen=True)
class Figure:
    """Something counted or timed, with the bound that it is held to; no bound for what is only told.

    `is_timing`: depends on how busy the machine is, and can be held to its bound on a quiet one only.
    """

    name: str
    value: float
    at_most: float | None = None
    at_least: float | None = None
    is_timing: bool = False

    @property
    def holds(self) -> bool:
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )

    @property
    def badness(self) -> float:
        """The larger, the closer to its bound or the further beyond."""
        is_bounded_below_only = self.at_most is None and self.at_least is not None
        return -self.value if is_bounded_below_only else self.value


@dataclass(frozen=True)
class Scene:
    """Where an episode plays: a running service under load, and chance that the seed repeats."""

    stack: ChaosStack
    accounts: Sequence[Account]
    log: ClientLog
    orders: StrikeOrders
    chance: random.Random
    name: str
    """Unique in the run, of at most 24 visible ASCII characters: idempotency keys may begin with it."""
    load: MixedLoad | None = None
    """What goes on beside the episode; none on a stack of its own."""


@dataclass(frozen=True)
class Row:
    """A fault that mixes with others, beside a load that goes on."""

    name: str
    fault: str
    expected: str
    play: Callable[[Scene], Sequence[Figure]]
    is_short: bool = False
    """Fit for the short run that is part of the tests: it is soon over, and needs no quiet machine."""


@dataclass(frozen=True)
class OwnRow:
    """A row that needs stacks and accounts of its own, because it would break what others are held to."""

    name: str
    fault: str
    expected: str
    play: Callable[[int], Sequence[Figure]]
    """Called with the seed."""


def play_safely(play: Callable[[], Sequence[Figure]], *, otherwise: str) -> Sequence[Figure]:
    """Its figures; when it breaks off, the reason is printed, and a figure that cannot hold tells of it."""
    try:
        return play()
    except Exception:  # noqa: BLE001  the run goes on to its judgement
        traceback.print_exc()
        return [Figure(otherwise, 1, at_most=0)]
