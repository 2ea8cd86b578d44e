"""Payouts in bulk: one is made by the use case, and the others are like it. And a demo's, put to work."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import F
from django.utils import timezone
from ulid import ULID

from access.caller import Caller
from access.environment import Environment
from access.scopes import EVERY_SCOPE
from core.money import Money
from database.transactions import in_transaction
from events.recorder import record_events
from payouts.application.create_payout import PayoutRequest, create_payout
from payouts.application.payout_events import payout_event
from payouts.domain.attempt import AttemptState
from payouts.domain.events import PayoutEvent
from payouts.domain.status import Stage
from payouts.models import Payout, PayoutAttempt, Recipient
from payouts.rails import default_rail

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

_BATCH = 1_000
_MARK_NEWEST = """
INSERT INTO events_pendingevent (event_id)
SELECT id FROM events_event WHERE organization_id = %s ORDER BY id DESC LIMIT %s
ON CONFLICT DO NOTHING
"""


def add_payouts(count: int, prefix: str, recipient_id: int) -> None:
    """NEW ones to this recipient, with the keys "PREFIX-0", "PREFIX-1" and so on."""
    like = _first_payout(prefix, recipient_id)
    for start in range(1, count, _BATCH):
        _add_like(like, [f"{prefix}-{number}" for number in range(start, min(start + _BATCH, count))])


def _first_payout(prefix: str, recipient_id: int) -> Payout:
    """A NEW payout to this recipient, with the key "PREFIX-0"."""
    recipient = Recipient.objects.select_related("organization").get(pk=recipient_id)
    environment = Environment(recipient.organization.environment)
    caller = Caller(recipient.organization_id, environment, "api-key:benchmarking", frozenset(EVERY_SCOPE))
    request = PayoutRequest(recipient.pk, Money(1_000, "USD"), f"{prefix}-0", {})
    return create_payout(caller=caller, request=request, rail=default_rail(environment)).payout


@in_transaction("bench_new_payouts")
def _add_like(payout: Payout, keys: Sequence[str]) -> None:
    """Payouts like this one under these keys, with the events by which workers hear of them."""
    added = Payout.objects.bulk_create([_like(payout, key) for key in keys])
    record_events([payout_event(each, PayoutEvent.CREATED, actor=each.created_by) for each in added])


def _like(payout: Payout, key: str) -> Payout:
    reference = str(ULID())
    values = {field.attname: getattr(payout, field.attname) for field in Payout._meta.concrete_fields}
    own = {
        "id": None,
        "reference": reference,
        "end_to_end_id": f"PO{reference}",
        "uetr": uuid.uuid4(),
        "idempotency_key": key,
        "next_run_at": timezone.now(),
    }
    return Payout(**values | own)


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
    """So many of the newest wait for the relay, and the planner knows it, as it soon does."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK_NEWEST, [organization_id, count])
        cursor.execute("ANALYZE events_pendingevent")


def active_recipient(organization_id: int, *, place: int) -> Recipient:
    """The first ones have most payouts."""
    recipients = Recipient.objects.filter(organization_id=organization_id, is_active=True)
    return recipients.order_by("pk")[place]


def payout_of(organization_id: int, *, place: int) -> Payout:
    """The one that so many are newer than."""
    return Payout.objects.filter(organization_id=organization_id, deleted_at=None).order_by("-pk")[place]
