"""Which payouts a list is asked for, and the condition that finds them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from iso4217 import Currency as IsoCurrency

from core.money import exponent_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from payouts.domain.status import Stage, Status


@dataclass(frozen=True, kw_only=True)
class PayoutFilters:
    """Which payouts are wanted; None and empty mean any. All bounds are inclusive.

    The bounds of the amount are in units of each payout's own currency.
    """

    statuses: tuple[Status, ...] = ()
    stage: Stage | None = None
    rail: str | None = None
    recipient_id: int | None = None
    currency: str | None = None
    idempotency_key: str | None = None
    reference: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


def condition_of(filters: PayoutFilters) -> Q:
    several = {
        "status__in": [status.value for status in filters.statuses] or None,
        "metadata__contains": dict(filters.metadata) or None,
    }
    condition = Q(**single_values(filters), **_given(several))
    if filters.amount_from is not None:
        condition &= _amount_bound("gte", filters.amount_from, filters.currency)
    if filters.amount_to is not None:
        condition &= _amount_bound("lte", filters.amount_to, filters.currency)
    return condition


def has_single_values_only(filters: PayoutFilters) -> bool:
    """Whether `single_values` says all that is asked for."""
    is_of_amount = filters.amount_from is not None or filters.amount_to is not None
    return not (filters.statuses or filters.metadata or is_of_amount)


def single_values(filters: PayoutFilters) -> dict[str, Any]:
    """By look-up, what the filters say with one value each."""
    values = {
        "stage": filters.stage.value if filters.stage else None,
        "rail": filters.rail,
        "recipient_id": filters.recipient_id,
        "currency": filters.currency,
        "idempotency_key": filters.idempotency_key,
        "reference": filters.reference,
        "created_at__gte": filters.created_from,
        "created_at__lte": filters.created_to,
    }
    return _given(values)


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {lookup: value for lookup, value in values.items() if value is not None}


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
