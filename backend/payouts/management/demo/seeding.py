"""Weeks of believable payouts in one organization, written past the use cases, which know no past."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import islice
from operator import attrgetter
from random import Random
from typing import TYPE_CHECKING

from django.db import transaction

from access.environment import Environment
from core.exceptions import Conflict
from database.bare_tables import bare_tables, may_be_bare
from database.copying import copy_rows, number_rows
from database.transactions import in_transaction
from database.vacuuming import vacuum_tables
from events.models import Event
from payouts.management.demo.fates import Fate, Fates
from payouts.management.demo.history import History, write_history
from payouts.management.demo.lives import live
from payouts.management.demo.patterns import Patterns
from payouts.management.demo.people import add_keys, add_operators
from payouts.management.demo.recipients import add_payees, plan_payees
from payouts.management.demo.requests import Requests, key_of
from payouts.management.demo.story import Story
from payouts.management.demo.timetable import moments
from payouts.models import Payout, PayoutAttempt, Recipient
from payouts.repositories.demo import count_payouts, is_any_organization_live, is_key_taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from access.models import Organization
    from payouts.management.demo.recipients import Payee

# Written together: bounded memory, and no statement that lasts.
CHUNK = 5_000
# How many of the newest are told one by one, if there are not more among which something is still open. Those
# before them live as a pattern does.
TOLD_ALONE = 10_000
# From so many on, to make the indexes again is cheaper than to keep them up to date.
MANY = 100_000
_WRITTEN = (Payout, PayoutAttempt, Event)


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
    told_alone: int = TOLD_ALONE

    @property
    def first(self) -> datetime:
        return self.now - timedelta(weeks=self.weeks)


@in_transaction("seed_demo")
def seed_demo(demo: Demo, *, tell: Callable[[int], None]) -> bool:
    """Afterwards the organization has the demo's past; False, and nothing written, when it had it already.

    The tables are vacuumed and analyzed then: the server would come to it by itself, but only after a while.
    `tell` is given the number of payouts written since it was last called. Raises NotForDemo.
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
    with bare_tables(_WRITTEN) if _is_much(demo) else nullcontext():
        _write_past(demo, rng, requests, payees, tell)
    transaction.on_commit(partial(vacuum_tables, (*_WRITTEN, Recipient)))
    return True


def ensure_for_demo(organization: Organization) -> None:
    """Raises NotForDemo."""
    if organization.environment != Environment.TEST.value:
        raise NotForDemo(f"{organization.name} is a live organization.")
    if is_any_organization_live():
        raise NotForDemo("There is a live organization in this database.")


def _is_much(demo: Demo) -> bool:
    """Whether there is more to write than there is, and enough to take the indexes away for it."""
    return demo.payouts >= max(MANY, count_payouts()) and may_be_bare(_WRITTEN)


def _write_past(
    demo: Demo, rng: Random, requests: Requests, payees: list[Payee], tell: Callable[[int], None]
) -> None:
    fates = Fates(rng, payouts=demo.payouts)
    slots = enumerate(moments(rng, count=demo.payouts, first=demo.first, now=demo.now))
    shared = demo.payouts - max(demo.told_alone, fates.newest)
    if shared > 0:
        patterns = Patterns(rng, requests, payouts=shared, first=demo.first, now=demo.now)
        write_history(History(requests, fates, patterns, demo.now), islice(slots, shared), tell=tell)
    _write(_stories(demo, rng, fates, slots, requests, payees), tell)


def _stories(
    demo: Demo,
    rng: Random,
    fates: Fates,
    slots: Iterable[tuple[int, datetime]],
    requests: Requests,
    payees: list[Payee],
) -> Iterator[tuple[Story, Fate]]:
    for number, created_at in slots:
        fate = fates.of(number, age=demo.now - created_at)
        payee = None
        if fate is Fate.HELD_FOR_RECIPIENT:
            payee = payees[-1]
            if not payee.can_be_paid_at(created_at):
                payee, fate = None, Fate.ON_HOLD
        payout = requests.make(number, created_at=created_at, payee=payee)
        yield Story(payout, rng, demo.now), fate


def _write(stories: Iterable[tuple[Story, Fate]], tell: Callable[[int], None]) -> None:
    source = iter(stories)
    while chunk := list(islice(source, CHUNK)):
        number_rows([story.payout for story, _ in chunk])
        for story, fate in chunk:
            live(story, fate)
        copy_rows([story.payout for story, _ in chunk])
        copy_rows([attempt for story, _ in chunk for attempt in story.attempts])
        events = [event for story, _ in chunk for event in story.events]
        events.sort(key=attrgetter("occurred_at"))
        copy_rows(events)
        tell(len(chunk))
