"""Reads of payouts and recipients. A deleted payout is in none of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cache
from typing import TYPE_CHECKING

from django.db.models import Count, Min, Q
from django.db.models.functions import Coalesce, Now
from iso4217 import Currency as IsoCurrency

from core.money import exponent_of
from events.selectors import list_events_of, measure_markers
from heartbeats.selectors import list_heartbeats
from payouts.domain.attempt import ASKABLE_STATES, AttemptState
from payouts.domain.events import PAYOUT
from payouts.domain.settlement import SettlementState
from payouts.domain.standing import INQUIRY_WAITS_LONG, OpenPayouts, Standing, Waiting
from payouts.domain.status import OPEN_STATUSES, WAITING_STAGES, Stage
from payouts.models import Payout, PayoutAttempt, Recipient, Settlement
from payouts.rails import list_automatic_rails
from payouts.refusals import PayoutNotFound, RecipientNotFound

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from django.db.models import QuerySet

    from events.models import Event
    from payouts.domain.status import Status


MOST_DUPLICATES = 10


@dataclass(frozen=True, kw_only=True)
class PayoutFilters:
    """Which payouts are wanted; None and empty mean any. All bounds are inclusive.

    The bounds of the amount are in units of each payout's own currency.
    """

    statuses: tuple[Status, ...] = ()
    stage: Stage | None = None
    recipient_id: int | None = None
    currency: str | None = None
    idempotency_key: str | None = None
    reference: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


def get_payout(*, organization_id: int, payout_id: int) -> Payout:
    """Raises PayoutNotFound."""
    payout = _payouts_of(organization_id).filter(pk=payout_id).first()
    if payout is None:
        raise PayoutNotFound
    return payout


def list_payouts(*, organization_id: int, filters: PayoutFilters) -> QuerySet[Payout]:
    """Unordered: the page decides the direction."""
    return _payouts_of(organization_id).filter(_condition(filters))


def list_payout_events(*, organization_id: int, payout_id: int) -> QuerySet[Event]:
    """The history of a payout, oldest first. Raises PayoutNotFound."""
    payout = get_payout(organization_id=organization_id, payout_id=payout_id)
    return list_events_of(organization_id=organization_id, subject_type=PAYOUT, subject_id=payout.pk)


def list_attempts(payout: Payout) -> QuerySet[PayoutAttempt]:
    """The first one first."""
    return PayoutAttempt.objects.filter(organization_id=payout.organization_id, payout=payout).order_by(
        "number"
    )


def list_settlements(organization_id: int) -> QuerySet[Settlement]:
    """With their payouts, the latest first."""
    return Settlement.objects.filter(organization_id=organization_id).select_related("payout").order_by("-pk")


def list_settlements_of(payout: Payout) -> QuerySet[Settlement]:
    """The latest first."""
    return list_settlements(payout.organization_id).filter(payout=payout)


def find_open_settlement(payout: Payout) -> Settlement | None:
    """What one person has proposed about the payout, and another is to approve."""
    return list_settlements_of(payout).filter(state=SettlementState.PROPOSED.value).first()


def get_recipient(*, organization_id: int, recipient_id: int) -> Recipient:
    """Raises RecipientNotFound."""
    recipient = list_recipients(organization_id=organization_id).filter(pk=recipient_id).first()
    if recipient is None:
        raise RecipientNotFound
    return recipient


def list_recipients(*, organization_id: int) -> QuerySet[Recipient]:
    return Recipient.objects.filter(organization_id=organization_id)


def list_possible_duplicates(recipient: Recipient) -> list[int]:
    """Other recipients of the organization with the same account number, oldest first, at most ten."""
    same = list_recipients(organization_id=recipient.organization_id).filter(
        account_number_hash=recipient.account_number_hash
    )
    others = same.exclude(pk=recipient.pk).order_by("pk").values_list("pk", flat=True)
    return list(others[:MOST_DUPLICATES])


def report_standing() -> Standing:
    """How the whole service stands, for operators: of all organizations, in seven statements.

    Each reads a partial index of what is open, whatever the number of payouts that have come to their end.
    """
    markers = measure_markers()
    rails = [rail.code for rail in list_automatic_rails()]
    return Standing(
        heartbeats=tuple(list_heartbeats()),
        markers=Waiting(markers.count, markers.oldest_age),
        open_payouts=tuple(_list_open_payouts()),
        due=_due_by_rail(rails),
        expired_leases=_expired_leases(),
        held=_held(rails),
        not_asked_about=_not_asked_about(rails),
    )


def _list_open_payouts() -> list[OpenPayouts]:
    rows = (
        _open_payouts()
        .values_list("rail", "stage")
        .annotate(count=Count("*"), oldest_age=Now() - Min("updated_at"))
        .order_by("rail", "stage")
    )
    return [OpenPayouts(rail, Stage(stage), Waiting(count, age)) for rail, stage, count, age in rows]


def _open_payouts() -> QuerySet[Payout]:
    return Payout.objects.filter(status__in=[status.value for status in OPEN_STATUSES], deleted_at=None)


def _due_by_rail(rails: Collection[str]) -> Mapping[str, Waiting]:
    rows = (
        Payout.objects.filter(rail__in=rails, next_run_at__lte=Now())
        .values_list("rail")
        .annotate(count=Count("*"), oldest_age=Now() - Min("next_run_at"))
    )
    due = {rail: Waiting(count, age) for rail, count, age in rows}
    return {rail: due.get(rail, Waiting()) for rail in rails}


def _expired_leases() -> Waiting:
    expired = PayoutAttempt.objects.filter(state=AttemptState.SENDING.value, lease_until__lt=Now())
    return Waiting(**expired.aggregate(count=Count("*"), oldest_age=Now() - Min("lease_until")))


def _held(rails: Collection[str]) -> Waiting:
    held = _open_payouts().filter(
        rail__in=rails, stage__in=[stage.value for stage in WAITING_STAGES], next_run_at__isnull=True
    )
    return Waiting(**held.aggregate(count=Count("*"), oldest_age=Now() - Min("updated_at")))


def _not_asked_about(rails: Collection[str]) -> Waiting:
    late = Q(next_inquiry_at__lt=Now() - INQUIRY_WAITS_LONG)
    # Only if a person wants it is the rail asked about what is in their hands.
    never = Q(next_inquiry_at__isnull=True) & ~Q(state=AttemptState.NEEDS_REVIEW.value)
    states = [state.value for state in sorted(ASKABLE_STATES)]
    unasked = PayoutAttempt.objects.filter(never | late, rail__in=rails, state__in=states)
    since = Min(Coalesce("next_inquiry_at", "updated_at"))
    return Waiting(**unasked.aggregate(count=Count("*"), oldest_age=Now() - since))


def _payouts_of(organization_id: int) -> QuerySet[Payout]:
    return Payout.objects.filter(organization_id=organization_id, deleted_at=None)


def _condition(filters: PayoutFilters) -> Q:
    exact = {
        "stage": filters.stage.value if filters.stage else None,
        "recipient_id": filters.recipient_id,
        "currency": filters.currency,
        "idempotency_key": filters.idempotency_key,
        "reference": filters.reference,
        "created_at__gte": filters.created_from,
        "created_at__lte": filters.created_to,
        "status__in": [status.value for status in filters.statuses] or None,
        "metadata__contains": dict(filters.metadata) or None,
    }
    condition = Q(**{lookup: value for lookup, value in exact.items() if value is not None})
    if filters.amount_from is not None:
        condition &= _amount_bound("gte", filters.amount_from, filters.currency)
    if filters.amount_to is not None:
        condition &= _amount_bound("lte", filters.amount_to, filters.currency)
    return condition


def _amount_bound(comparison: str, bound: Decimal, currency: str | None) -> Q:
    """The bound in minor units differs by the currency's decimals: 100 is 100 yen and 10,000 cents."""
    if currency is not None:
        return _minor_bound(comparison, bound, exponent_of(currency))
    condition = Q()
    for exponent, currencies in _currencies_by_exponent().items():
        condition |= Q(currency__in=currencies) & _minor_bound(comparison, bound, exponent)
    return condition


def _minor_bound(comparison: str, bound: Decimal, exponent: int) -> Q:
    rounding = ROUND_CEILING if comparison == "gte" else ROUND_FLOOR
    minor = int((bound * 10**exponent).to_integral_value(rounding))
    return Q(**{f"amount_minor__{comparison}": minor})


@cache
def _currencies_by_exponent() -> Mapping[int, list[str]]:
    grouped: dict[int, list[str]] = defaultdict(list)
    for currency in IsoCurrency:
        if currency.exponent is not None:
            grouped[exponent_of(currency.code)].append(currency.code)
    return grouped
