"""The long past before the newest payouts: what was asked for is each one's own, the lives are shared."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from payouts.repositories.demo_lives import add_lives, told_lives

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from payouts.management.demo.fates import Fates
    from payouts.management.demo.patterns import Patterns
    from payouts.management.demo.requests import Requests
    from payouts.repositories.demo_lives import Life

CHUNK = 10_000

_T = TypeVar("_T")


@dataclass(frozen=True)
class History:
    """Makes payouts that have come to an end. They are not written yet."""

    requests: Requests
    fates: Fates
    patterns: Patterns
    now: datetime

    def make(self, number: int, created_at: datetime) -> Life:
        age = self.now - created_at
        pattern = self.patterns.draw(self.fates.of(number, age=age), age=age)
        return pattern.lived_by(self.requests.ask(number, created_at=created_at))


def write_history(
    history: History, slots: Iterable[tuple[int, datetime]], *, tell: Callable[[int], None]
) -> None:
    """Afterwards there is a payout for every slot, a number with a time, with all that has happened to it."""
    told = history.patterns.told()
    lives = (history.make(number, created_at) for number, created_at in slots)
    with told_lives(told):
        for chunk in _made_ahead(_chunks(lives)):
            add_lives(chunk, told)
            tell(len(chunk))


def _chunks(source: Iterator[_T]) -> Iterator[list[_T]]:
    while chunk := list(islice(source, CHUNK)):
        yield chunk


def _made_ahead(chunks: Iterator[_T]) -> Iterator[_T]:
    """The same, each made while the one before is being used: the database's work takes no time of ours."""
    with ThreadPoolExecutor(max_workers=1) as maker:
        coming = maker.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = maker.submit(next, chunks, None)
            yield chunk
