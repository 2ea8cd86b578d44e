"""Every read of the console, asked for what is hardest to find in this organization."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from events.models import Event
from events.selectors import EventFilters, find_events
from infrastructure.payouts.figures import figures_of
from payouts.domain.status import Stage, Status
from payouts.models import Payout, Recipient
from payouts.selectors import PayoutFilters, count_what_needs_a_person, find_payouts, report_figures
from tests.console_load.measuring import Read

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Samples:
    """Things that are there to be found."""

    payout: Payout
    recipient: Recipient
    request_id: str

    @classmethod
    def of(cls, organization_id: int) -> Samples:
        payouts = Payout.objects.filter(organization_id=organization_id)
        # Of the most favoured recipients, who have most payouts.
        recipient = Recipient.objects.filter(organization_id=organization_id, is_active=True).order_by("pk")[
            2
        ]
        asked = Event.objects.filter(organization_id=organization_id, type="PayoutCreated").exclude(
            request_id=""
        )
        request_id = asked.order_by("pk")[:1000][999].request_id
        return cls(payouts.order_by("pk")[:5000][4999], recipient, request_id)


def all_reads(organization_id: int) -> Iterator[Read]:
    samples = Samples.of(organization_id)
    yield from _figures(organization_id)
    yield from _lists(organization_id, samples)
    yield from _searches(organization_id, samples)
    yield from _audit(organization_id, samples)


def _figures(organization_id: int) -> Iterator[Read]:
    now = timezone.now()
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for name, days in (("today", 0), ("7 days", 6), ("30 days", 29)):
        since = today - timedelta(days=days)
        counted = partial(report_figures, organization_id=organization_id, since=since, until=now)
        yield Read(f"figures, {name}, all counted", counted)
        yield Read(
            f"figures, {name}", partial(figures_of, organization_id=organization_id, since=since, now=now)
        )
    yield Read(
        "what needs a person", lambda: count_what_needs_a_person(organization_id=organization_id, now=now)
    )


def _lists(organization_id: int, samples: Samples) -> Iterator[Read]:
    def payouts(name: str, **filters: Any) -> Read:
        wanted = PayoutFilters(**filters)
        return Read(f"payouts, {name}", lambda: find_payouts(organization_id=organization_id, filters=wanted))

    old, older = samples.payout.created_at, samples.payout.created_at - timedelta(days=1)
    yield payouts("newest")
    yield payouts("status COMPLETED", statuses=(Status.COMPLETED,))
    yield payouts("status CANCELED", statuses=(Status.CANCELED,))
    yield payouts("stage needs_review", stage=Stage.NEEDS_REVIEW)
    yield payouts("stage retry_wait", stage=Stage.RETRY_WAIT)
    yield payouts("currency KWD", currency="KWD")
    yield payouts("a currency that nobody is paid in", currency="CHF")
    yield payouts("rail manual", rail="manual")
    yield payouts("amounts, any currency, none as high", amount_from=Decimal(50_000_000))
    yield payouts("amounts in EUR", currency="EUR", amount_from=Decimal(5_000))
    yield payouts("a day of weeks ago", created_from=older, created_to=old)
    yield payouts(
        "a day of weeks ago, status CANCELED, currency SEK",
        created_from=older,
        created_to=old,
        statuses=(Status.CANCELED,),
        currency="SEK",
    )
    yield payouts("of a recipient with many", recipient_id=samples.recipient.pk)
    yield payouts(
        "of a recipient with many, status CANCELED",
        recipient_id=samples.recipient.pk,
        statuses=(Status.CANCELED,),
    )
    yield payouts("of an unknown recipient, status CANCELED", recipient_id=1, statuses=(Status.CANCELED,))


def _searches(organization_id: int, samples: Samples) -> Iterator[Read]:
    def search(name: str, text: str, **filters: Any) -> Read:
        wanted = PayoutFilters(**filters)
        return Read(
            f"search, {name}",
            lambda: find_payouts(organization_id=organization_id, filters=wanted, text=text),
        )

    yield search("id", str(samples.payout.pk))
    yield search("reference", samples.payout.reference)
    yield search("end-to-end id", samples.payout.end_to_end_id)
    yield search("idempotency key", samples.payout.idempotency_key)
    yield search("a name", samples.recipient.name)
    yield search("two letters of a name", samples.recipient.name[:2])
    yield search("a name, status CANCELED", samples.recipient.name, statuses=(Status.CANCELED,))
    yield search("nothing that is there", "Zzyzx Qqq")


def _audit(organization_id: int, samples: Samples) -> Iterator[Read]:
    def events(name: str, **filters: Any) -> Read:
        wanted = EventFilters(**filters)
        return Read(f"events, {name}", lambda: find_events(organization_id=organization_id, filters=wanted))

    old, older = samples.payout.created_at, samples.payout.created_at - timedelta(days=1)
    yield events("newest")
    yield events("of a payout", subject_type="payout", subject_id=samples.payout.pk)
    yield events("of the engine", actor="engine")
    yield events("of a person", actor="operator:olena.koval")
    yield events("of a person who did nothing", actor="operator:nobody")
    yield events("type PayoutCompleted", type="PayoutCompleted")
    yield events("type PayoutReturned", type="PayoutReturned")
    yield events("type that never happened", type="PayoutNever")
    yield events("a key that does not exist", actor="api-key:none")
    yield events("a day of weeks ago", occurred_from=older, occurred_to=old)
    yield events("of a request", request_id=samples.request_id)
