"""Celery's entries: each wakes one use case. A message carries no payout: losing one loses nothing."""

from __future__ import annotations

from time import monotonic

import structlog
from celery import shared_task

from database.clock import database_now
from events.selectors import measure_markers
from payouts.application import process_payouts as processing
from payouts.application.expire_leases import expire_leases as expire
from payouts.application.inquire_attempts import inquire_attempts
from payouts.domain.standing import EVENT_WAITS_LONG
from payouts.rails import get_rail, list_automatic_rails
from payouts.repositories.payouts import is_any_payout_due

log = structlog.get_logger(__name__)

# Well below the soft time limit, so that a worker that drains a long queue is never cut off in a call.
PROCESSING_BUDGET_SECONDS = 30.0
# About the time between two sweeps: a rail that hangs takes one worker at the most.
INQUIRY_BUDGET_SECONDS = 2.0


@shared_task
def process_payouts(rail_code: str) -> None:
    """Send what is due on the rail; when the budget is spent before the work is, wake the next worker."""
    rail = get_rail(rail_code)
    if processing.process_payouts(rail=rail, budget_seconds=PROCESSING_BUDGET_SECONDS):
        process_payouts.delay(rail_code)


@shared_task
def wake_workers() -> None:
    """Sweep: what is due although its wake-up was lost, or whose time to be tried again has come."""
    now = database_now()
    for rail in list_automatic_rails():
        if is_any_payout_due(rail=rail.code, now=now):
            process_payouts.delay(rail.code)


@shared_task
def expire_leases() -> None:
    """Sweep: what was claimed by a worker that has not been heard of since."""
    while expire(now=database_now()):
        pass


@shared_task
def inquire_everywhere() -> None:
    """Sweep: what is unknown, or accepted for long. What a slow rail leaves over, the next sweep takes up."""
    for rail in list_automatic_rails():
        started = monotonic()
        asked = rail.capabilities.largest_batch
        while asked == rail.capabilities.largest_batch and monotonic() - started < INQUIRY_BUDGET_SECONDS:
            asked = inquire_attempts(rail=rail, now=database_now())


@shared_task
def watch_relay() -> None:
    """Sweep: tell when events wait too long, since then nobody wakes the workers in time."""
    age = measure_markers().oldest_age
    if age is not None and age > EVENT_WAITS_LONG:
        log.error("relay_is_behind", oldest_marker_seconds=age.total_seconds())
