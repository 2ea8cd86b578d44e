"""Weeks of believable payouts in one organization, written past the use cases, which know no past."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from operator import attrgetter
from random import Random
from typing import TYPE_CHECKING

from access.environment import Environment
from core.exceptions import Conflict
from database.copying import copy_rows, number_rows
from database.transactions import in_transaction
from payouts.management.demo.fates import Fate, Fates
from payouts.management.demo.lives import live
from payouts.management.demo.people import add_keys, add_operators
from payouts.management.demo.recipients import add_payees, plan_payees
from payouts.management.demo.requests import Requests, key_of
from payouts.management.demo.story import Story
from payouts.management.demo.timetable import moments
from payouts.repositories.demo import is_any_organization_live, is_key_taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from access.models import Organization
    from payouts.management.demo.recipients import Payee

# Written together: bounded memory, and no statement that lasts.
CHUNK = 5_000


class NotForDemo(Conflict):
    code = "not_for_demo"
    title = "This is no place for demo data"

    def __init__(self, reason: str) -> None:
        super().__init__(f"{reason} Demo data is for where nothing is real: it cannot be removed again.")


@dataclass(frozen=True, kw_only=True)
class Demo:
    """How much of the past there shall be. The same seed gives the same payouts, moved to end at `now`."""

    organization: Organization
    payouts: int
    weeks: int
    seed: int
    now: datetime

    @property
    def first(self) -> datetime:
        return self.now - timedelta(weeks=self.weeks)


@in_transaction("seed_demo")
def seed_demo(demo: Demo, *, tell: Callable[[int], None]) -> bool:
    """Afterwards the organization has the demo's past; False, and nothing written, when it had it already.

    `tell` is given the number of payouts written so far, now and then. Raises NotForDemo.
    """
    ensure_for_demo(demo.organization)
    organization_id = demo.organization.pk
    if is_key_taken(organization_id=organization_id, idempotency_key=key_of(demo.seed, 0)):
        return False
    rng = Random(demo.seed)  # noqa: S311 # nosec B311 # chance that a seed repeats, and no secret
    payees = plan_payees(
        rng, organization_id=organization_id, payouts=demo.payouts, first=demo.first, now=demo.now
    )
    add_payees(payees)
    add_operators(demo.organization)
    keys = add_keys(demo.organization, first=demo.first, now=demo.now)
    requests = Requests(rng, seed=demo.seed, payees=payees, keys=keys)
    _write(_stories(demo, rng, requests, payees), tell)
    return True


def ensure_for_demo(organization: Organization) -> None:
    """Raises NotForDemo."""
    if organization.environment != Environment.TEST.value:
        raise NotForDemo(f"{organization.name} is a live organization.")
    if is_any_organization_live():
        raise NotForDemo("There is a live organization in this database.")


def _stories(
    demo: Demo, rng: Random, requests: Requests, payees: list[Payee]
) -> Iterator[tuple[Story, Fate]]:
    fates = Fates(rng, payouts=demo.payouts)
    times = moments(rng, count=demo.payouts, first=demo.first, now=demo.now)
    for number, created_at in enumerate(times):
        fate = fates.of(number, age=demo.now - created_at)
        payee = None
        if fate is Fate.HELD_FOR_RECIPIENT:
            payee = payees[-1]
            if not payee.can_be_paid_at(created_at):
                payee, fate = None, Fate.ON_HOLD
        payout = requests.make(number, created_at=created_at, payee=payee)
        yield Story(payout, rng, demo.now), fate


def _write(stories: Iterable[tuple[Story, Fate]], tell: Callable[[int], None]) -> None:
    source, written = iter(stories), 0
    while chunk := list(islice(source, CHUNK)):
        number_rows([story.payout for story, _ in chunk])
        for story, fate in chunk:
            live(story, fate)
        copy_rows([story.payout for story, _ in chunk])
        copy_rows([attempt for story, _ in chunk for attempt in story.attempts])
        events = [event for story, _ in chunk for event in story.events]
        events.sort(key=attrgetter("occurred_at"))
        copy_rows(events)
        written += len(chunk)
        tell(written)
