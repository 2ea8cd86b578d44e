"""Words for the engine's tests: what workers and sweeps do, told with the time at which they do it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db.models import F
from django.test import override_settings

from database.clock import database_now
from events.models import Event
from infrastructure.payouts.rails.sandbox import SandboxRail
from payouts.application.inquire_attempts import inquire_attempts
from payouts.application.process_payouts import process_payouts
from payouts.models import Payout, PayoutAttempt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import timedelta

    from payouts.domain.rail import Rail


def work(rail: Rail) -> None:
    """A worker is woken."""
    process_payouts(rail=rail, budget_seconds=10)


def let_time_pass(by: timedelta) -> None:
    """As if everything had been written so much earlier."""
    Payout.objects.filter(next_run_at__isnull=False).update(next_run_at=F("next_run_at") - by)
    for field in ("lease_until", "first_sent_at", "unknown_since", "next_inquiry_at"):
        PayoutAttempt.objects.filter(**{f"{field}__isnull": False}).update(**{field: F(field) - by})


def ask(rail: Rail) -> None:
    """The sweep asks the rail about what is open."""
    inquire_attempts(rail=rail, now=database_now())


def state_of(payout: Payout) -> tuple[str, str]:
    payout.refresh_from_db()
    return payout.status, payout.stage


def attempts_of(payout: Payout) -> list[tuple[int, str]]:
    return list(payout.attempts.order_by("number").values_list("number", "state"))


def history_of(payout: Payout) -> list[str]:
    events = Event.objects.filter(subject_type="payout", subject_id=payout.pk).order_by("id")
    return [event.type.removeprefix("Payout") for event in events]


@contextmanager
def unreachable_bank() -> Iterator[SandboxRail]:
    """A rail whose bank refuses every connection."""
    rail = SandboxRail()
    with override_settings(SANDBOX_BANK_URL="http://127.0.0.1:9"):
        yield rail
        rail.close()
