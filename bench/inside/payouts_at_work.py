"""Puts payouts of a demo, which are dormant, to work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F

from bench.inside.repositories import add_payouts
from events.models import Event, PendingEvent
from payouts.domain.attempt import AttemptState
from payouts.domain.status import Stage
from payouts.models import Payout, PayoutAttempt, Recipient

if TYPE_CHECKING:
    from datetime import datetime, timedelta


def add_due(recipient_id: int, *, count: int, prefix: str) -> None:
    """New payouts, with the events and markers of their creation."""
    add_payouts(count, prefix, recipient_id)


def make_retries_due(*, at: datetime) -> None:
    """What waits for its next attempt."""
    Payout.objects.filter(stage=Stage.RETRY_WAIT.value).update(next_run_at=at)


def let_leases_run_out(*, at: datetime) -> None:
    PayoutAttempt.objects.filter(state=AttemptState.SENDING.value).update(lease_until=at)


def make_inquiries_due(*, at: datetime, ago: timedelta) -> None:
    """Everything that was accepted or is unknown is to be asked about since then."""
    open_to_questions = [AttemptState.ACCEPTED.value, AttemptState.UNKNOWN.value]
    PayoutAttempt.objects.filter(rail="sandbox", state__in=open_to_questions).update(
        next_inquiry_at=at - ago, first_sent_at=F("first_sent_at") - ago
    )


def mark_events_again(organization_id: int, *, count: int) -> None:
    """So many of the newest wait for the relay."""
    newest = Event.objects.filter(organization_id=organization_id).order_by("-pk")[:count]
    markers = [PendingEvent(event_id=event.pk) for event in newest]
    PendingEvent.objects.bulk_create(markers, ignore_conflicts=True)


def active_recipient(organization_id: int, *, place: int) -> Recipient:
    """The first ones have most payouts."""
    recipients = Recipient.objects.filter(organization_id=organization_id, is_active=True)
    return recipients.order_by("pk")[place]


def payout_of(organization_id: int, *, place: int) -> Payout:
    """The one that so many are newer than, that has ended."""
    return Payout.objects.filter(organization_id=organization_id, deleted_at=None).order_by("-pk")[place]
