"""What becomes of the payouts of the demo, and of how many."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum, auto
from itertools import accumulate
from typing import TYPE_CHECKING

from payouts.management.demo.timetable import JUST_NOW

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random


class Fate(StrEnum):
    PAID_AT_ONCE = auto()
    PAID_LATER = auto()
    PAID_AFTER_REFUSAL = auto()
    PAID_AFTER_THE_BANK_WAS_AWAY = auto()
    PAID_AFTER_DOUBT = auto()
    PAID_AFTER_HOLD = auto()
    PAID_BY_HAND = auto()
    SETTLED_AS_PAID = auto()
    SETTLED_AS_NOT_PAID = auto()
    REFUSED = auto()
    NEVER_REACHED = auto()
    DECLINED_BY_PERSON = auto()
    RETURNED = auto()
    CANCELED = auto()
    DELETED = auto()
    # What is still open.
    READY = auto()
    SENDING = auto()
    ACCEPTED = auto()
    RETRY_WAIT = auto()
    UNKNOWN = auto()
    NEEDS_REVIEW = auto()
    ON_HOLD = auto()
    HELD_FOR_RECIPIENT = auto()
    PAYING_BY_HAND = auto()


# Of a thousand that have come to their end.
ENDS: Mapping[Fate, int] = {
    Fate.PAID_AT_ONCE: 596,
    Fate.PAID_LATER: 292,
    Fate.PAID_AFTER_REFUSAL: 16,
    Fate.PAID_AFTER_THE_BANK_WAS_AWAY: 8,
    Fate.PAID_AFTER_DOUBT: 12,
    Fate.PAID_AFTER_HOLD: 4,
    Fate.PAID_BY_HAND: 4,
    Fate.SETTLED_AS_PAID: 2,
    Fate.SETTLED_AS_NOT_PAID: 1,
    Fate.REFUSED: 38,
    Fate.NEVER_REACHED: 2,
    Fate.DECLINED_BY_PERSON: 2,
    Fate.RETURNED: 14,
    Fate.CANCELED: 7,
    Fate.DELETED: 2,
}
# Money comes back after days, not after minutes.
_SOONEST_RETURN = timedelta(days=5)
# How many are open, and among how many of the newest they are.
_OPEN = (
    (JUST_NOW, {Fate.READY: 3, Fate.SENDING: 2, Fate.ACCEPTED: 2, Fate.REFUSED: 2, Fate.RETRY_WAIT: 1}),
    (45, {Fate.ACCEPTED: 3, Fate.UNKNOWN: 2, Fate.REFUSED: 2, Fate.HELD_FOR_RECIPIENT: 2}),
    (90, {Fate.ACCEPTED: 3, Fate.RETRY_WAIT: 2, Fate.UNKNOWN: 1, Fate.REFUSED: 1, Fate.PAYING_BY_HAND: 2}),
    (400, {Fate.UNKNOWN: 4, Fate.NEEDS_REVIEW: 4, Fate.ON_HOLD: 5}),
)
# Of very many, more are open: twice as many for each so many.
_TWICE_FOR = 100_000


class Fates:
    """The fate of each payout by its number, drawn when it is asked for."""

    def __init__(self, rng: Random, *, payouts: int) -> None:
        self._rng = rng
        self._open = _draw_open(rng, payouts)
        # What is open is among so many of the newest.
        self.newest = payouts - min(self._open, default=payouts)
        self._fates, self._shares = list(ENDS), list(accumulate(ENDS.values()))

    def of(self, number: int, *, age: timedelta) -> Fate:
        fate = self._open.get(number) or self._rng.choices(self._fates, cum_weights=self._shares)[0]
        return Fate.PAID_LATER if fate is Fate.RETURNED and age < _SOONEST_RETURN else fate


def _draw_open(rng: Random, payouts: int) -> dict[int, Fate]:
    drawn: dict[int, Fate] = {}
    times = 1 + payouts // _TWICE_FOR
    for newest, counts in _OPEN:
        wanted = [fate for fate, count in counts.items() for _ in range(count * times)]
        free = [number for number in range(max(0, payouts - newest * times), payouts) if number not in drawn]
        drawn |= dict(zip(rng.sample(free, min(len(free), len(wanted))), wanted, strict=False))
    return drawn
