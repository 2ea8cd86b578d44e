"""How the service stands: who works, what waits and for how long, and which of it somebody should look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from heartbeats.signs_of_life import LATE_AFTER, find_silent_roles
from payouts.domain.status import Stage

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from heartbeats.signs_of_life import SignOfLife

# Relay and sweeps come round every few seconds: what they leave for a minute, they do not get at.
EVENT_WAITS_LONG = timedelta(seconds=60)
DUE_WAITS_LONG = timedelta(seconds=60)
EXPIRED_LEASE_WAITS_LONG = timedelta(seconds=60)
INQUIRY_WAITS_LONG = timedelta(seconds=60)


@dataclass(frozen=True)
class Waiting:
    """How many wait, and for how long the first of them has; no age when nothing waits."""

    count: int = 0
    oldest_age: timedelta | None = None

    def has_longer_than(self, bound: timedelta) -> bool:
        return self.oldest_age is not None and self.oldest_age > bound

    @classmethod
    def taken_together(cls, several: Collection[Waiting]) -> Waiting:
        ages = [waiting.oldest_age for waiting in several if waiting.oldest_age is not None]
        return cls(sum(waiting.count for waiting in several), max(ages, default=None))


@dataclass(frozen=True)
class OpenPayouts:
    """The payouts of one rail in one stage, short of an end; their ages since they last moved."""

    rail: str
    stage: Stage
    waiting: Waiting


@dataclass(frozen=True, kw_only=True)
class VitalSigns:
    """Whether the service moves. `due` has every automatic rail; ages since it was time to send."""

    heartbeats: tuple[SignOfLife, ...]
    markers: Waiting
    due: Mapping[str, Waiting]


@dataclass(frozen=True, kw_only=True)
class Standing(VitalSigns):
    """The whole service at one moment. `expired_leases`: ages since they ran out.

    On automatic rails, `held` payouts wait to be sent and have no time for it, as an unfinished restore
    leaves them; ages since they last moved. `not_asked_about`: open attempts that no sweep will ask about, or
    has not for INQUIRY_WAITS_LONG; ages since it was time, or since they last moved. One that needs a review
    is among them only if a person wants the rail asked.
    """

    open_payouts: tuple[OpenPayouts, ...]
    expired_leases: Waiting
    held: Waiting
    not_asked_about: Waiting

    @property
    def by_stage(self) -> Mapping[Stage, Waiting]:
        """Every stage that has payouts."""
        return {stage: self._in(stage) for stage in sorted({payouts.stage for payouts in self.open_payouts})}

    @property
    def unknown(self) -> Waiting:
        return self._in(Stage.UNKNOWN)

    @property
    def needs_review(self) -> Waiting:
        """No rail could prove what became of them: a person decides."""
        return self._in(Stage.NEEDS_REVIEW)

    @property
    def paid_by_people(self) -> Waiting:
        """On rails that no worker sends to: ready, or taken over, and not yet reported as paid."""
        by_hand = [payouts for payouts in self.open_payouts if payouts.rail not in self.due]
        return Waiting.taken_together(
            [payouts.waiting for payouts in by_hand if payouts.stage is not Stage.NEEDS_REVIEW]
        )

    def _in(self, stage: Stage) -> Waiting:
        return Waiting.taken_together(
            [payouts.waiting for payouts in self.open_payouts if payouts.stage is stage]
        )


@dataclass(frozen=True)
class Concern:
    """Something that somebody should look at. `code` is stable, for programs."""

    code: str
    detail: str


def find_concerns(standing: Standing) -> list[Concern]:
    """Empty when all is well. Payouts that people are to pay by hand are their work, and no concern."""
    return [
        *_silences(standing),
        *_waits_too_long(standing),
        *_stands_still(standing),
        *_decisions(standing),
    ]


def _silences(standing: Standing) -> Iterator[Concern]:
    for role in find_silent_roles(standing.heartbeats):
        seconds = LATE_AFTER[role].total_seconds()
        yield Concern(f"no_live_{role.value}", f"No {role.value} has shown itself for {seconds:.0f} s.")


def _waits_too_long(standing: Standing) -> Iterator[Concern]:
    if standing.markers.has_longer_than(EVENT_WAITS_LONG):
        yield Concern("relay_is_behind", f"Events wait for the relay: {standing.markers.count}.")
    for rail, due in standing.due.items():
        if due.has_longer_than(DUE_WAITS_LONG):
            yield Concern("due_not_sent", f"Payouts are due on {rail} and not sent: {due.count}.")
    if standing.expired_leases.has_longer_than(EXPIRED_LEASE_WAITS_LONG):
        expired = standing.expired_leases.count
        yield Concern("leases_not_given_up", f"Leases ran out and no sweep gives them up: {expired}.")


def _stands_still(standing: Standing) -> Iterator[Concern]:
    if held := standing.held.count:
        yield Concern("held", f"Payouts are held until resume_after_restore has ended with 0: {held}.")
    if unasked := standing.not_asked_about.count:
        yield Concern("not_asked_about", f"Attempts are open, and nobody asks their rail: {unasked}.")


def _decisions(standing: Standing) -> Iterator[Concern]:
    if standing.needs_review.count:
        yield Concern("needs_review", f"Payouts need a person's decision: {standing.needs_review.count}.")
