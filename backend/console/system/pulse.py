"""Whether the service is alive, in a few lines. For every operator: no line counts anybody's payouts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from core.ages import age_in_words
from heartbeats.signs_of_life import Role
from infrastructure.dependencies import DATABASE, REDIS
from payouts.domain.standing import DUE_WAITS_LONG, EVENT_WAITS_LONG, VitalSigns, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from datetime import timedelta

    from heartbeats.signs_of_life import SignOfLife
    from infrastructure.probe import Question

Signs = TypeVar("Signs", bound=VitalSigns)

# Pages come first: below what the health check waits for, and far above what an answer takes.
_DEPENDENCY_WAIT_SECONDS = 0.8
_ROLE_TITLES = {Role.WORKER: "Workers", Role.RELAY: "Relay", Role.BEAT: "Beat"}


@dataclass(frozen=True)
class Vital:
    """One line. `age` says how long ago the last sign was, or for how long the oldest waits, if any."""

    title: str
    is_good: bool
    words: str
    age: str = ""


def take_pulse(report: Callable[[], Signs]) -> tuple[list[Vital], Signs]:
    """The lines, and what was reported for them."""
    database, redis = DATABASE.ask(), REDIS.ask()  # they answer while the signs are read
    signs = report()
    vitals = [
        _dependency("Database", database),
        _dependency("Redis", redis),
        *_processes(signs.heartbeats),
        _waiting("Events for the relay", signs.markers, EVENT_WAITS_LONG),
        _waiting("Due payouts", Waiting.taken_together(signs.due.values()), DUE_WAITS_LONG),
    ]
    return vitals, signs


def _dependency(title: str, question: Question) -> Vital:
    is_up = question.is_up(_DEPENDENCY_WAIT_SECONDS)
    return Vital(title, is_up, "answers" if is_up else "does not answer")


def _processes(signs: Collection[SignOfLife]) -> Iterator[Vital]:
    for role, title in _ROLE_TITLES.items():
        alive = [sign.age for sign in signs if sign.role is role and not sign.is_late]
        if alive:
            yield Vital(title, is_good=True, words="at work", age=f"seen {age_in_words(min(alive))} ago")
        else:
            yield Vital(title, is_good=False, words="silent")


def _waiting(title: str, waiting: Waiting, bound: timedelta) -> Vital:
    if waiting.oldest_age is None:
        return Vital(title, is_good=True, words="none waits")
    is_late = waiting.has_longer_than(bound)
    age = f"oldest for {age_in_words(waiting.oldest_age)}"
    return Vital(title, not is_late, "waits too long" if is_late else "on its way", age)
