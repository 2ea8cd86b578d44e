"""What the System page tells: of the whole service, and so for those who look after all of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings

from access.environment import Environment
from console.frame.callers import operator_of
from console.frame.current_organization import current_organization
from console.system.pulse import take_pulse
from core.ages import age_in_words
from heartbeats.signs_of_life import find_silent_roles
from infrastructure.broker import look_at_broker
from infrastructure.versions import list_versions
from payouts.domain.sandbox_bank import BankNotReached, is_bank_switched
from payouts.domain.standing import (
    DUE_WAITS_LONG,
    EVENT_WAITS_LONG,
    EXPIRED_LEASE_WAITS_LONG,
    Waiting,
    find_concerns,
)
from payouts.rails import sandbox_bank
from payouts.selectors import report_standing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from django.http import HttpRequest

    from access.models import Organization
    from infrastructure.brokers.wake_ups import Broker
    from payouts.domain.sandbox_bank import Behaviour
    from payouts.domain.standing import Standing

MAY_LOOK = "heartbeats.view_heartbeat"
MAY_SWITCH_BANK = "access.change_organization"


@dataclass(frozen=True)
class Line:
    """How many of something wait, for how long the oldest has, and whether that is too much."""

    title: str
    count: int
    age: str
    is_bad: bool


@dataclass(frozen=True)
class BankState:
    """`behaviour` is None when the bank has not answered; `problem` then says why."""

    behaviour: Behaviour | None
    problem: str
    may_switch: bool


def system_context(request: HttpRequest) -> dict[str, Any]:
    vitals, standing = take_pulse(report_standing)
    broker = look_at_broker()
    return {
        "vitals": vitals,
        "concerns": find_concerns(standing),
        "processes": [(sign, age_in_words(sign.age)) for sign in standing.heartbeats],
        "silent_roles": [role.value for role in find_silent_roles(standing.heartbeats)],
        "broker": broker,
        "waiting": list(_lines(standing)),
        "stages": [_line(stage.value, waiting) for stage, waiting in standing.by_stage.items()],
        "versions": _versions(broker),
        "bank": _bank_state(request),
    }


def _lines(standing: Standing) -> Iterator[Line]:
    yield _line("events for the relay", standing.markers, EVENT_WAITS_LONG)
    for rail, due in standing.due.items():
        yield _line(f"due on {rail}", due, DUE_WAITS_LONG)
    yield _line("expired leases", standing.expired_leases, EXPIRED_LEASE_WAITS_LONG)
    for title, waiting in (
        ("held after a restore", standing.held),
        ("not asked about", standing.not_asked_about),
        ("for a person's decision", standing.needs_review),
    ):
        yield Line(title, waiting.count, age_in_words(waiting.oldest_age), is_bad=waiting.count > 0)
    yield _line("for people to pay them", standing.paid_by_people)


def _line(title: str, waiting: Waiting, bound: timedelta | None = None) -> Line:
    is_bad = bound is not None and waiting.has_longer_than(bound)
    return Line(title, waiting.count, age_in_words(waiting.oldest_age), is_bad)


def _versions(broker: Broker | None) -> list[tuple[str, str]]:
    return [*list_versions(), ("Broker", "unknown" if broker is None else broker.software)]


def switching_organization(request: HttpRequest) -> Organization | None:
    """The one for which this operator may switch the bank now; None when it is none."""
    organization = current_organization(request)
    if organization is None or not operator_of(request).has_perm(MAY_SWITCH_BANK):
        return None
    return organization if _is_switched(organization) else None


def _is_switched(organization: Organization) -> bool:
    return is_bank_switched(
        environment=Environment(organization.environment), is_allowed=settings.SANDBOX_BANK_SWITCHES
    )


def _bank_state(request: HttpRequest) -> BankState | None:
    """None where there is no bank to switch: in a live organization, and where it is not allowed."""
    organization = current_organization(request)
    if organization is None or not _is_switched(organization):
        return None
    may_switch = switching_organization(request) is not None
    try:
        return BankState(sandbox_bank().read_behaviour(), "", may_switch)
    except BankNotReached as refusal:
        return BankState(None, refusal.detail, may_switch=False)
