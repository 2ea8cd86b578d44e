"""Reads of payouts. A deleted one is in none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Prefetch, prefetch_related_objects

from database.compiled import CompiledQuery
from events.selectors import list_events_of
from payouts.domain.events import PAYOUT
from payouts.models import Payout
from payouts.refusals import PayoutNotFound
from payouts.selectors.attempts import list_attempts
from payouts.selectors.payout_filters import condition_of
from payouts.selectors.settlements import list_settlements_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from events.models import Event
    from payouts.selectors.payout_filters import PayoutFilters


def get_payout(*, organization_id: int, payout_id: int) -> Payout:
    """Raises PayoutNotFound."""
    payout = _BY_ID.first(organization_id=organization_id, payout_id=payout_id)
    if payout is None:
        raise PayoutNotFound
    return payout


def find_payout_id(*, organization_id: int, reference: str) -> int | None:
    """Deleted or not: what the event log tells of a payout stays. None when none is called so."""
    called = Payout.objects.filter(organization_id=organization_id, reference=reference)
    return called.values_list("pk", flat=True).first()


def list_payouts(*, organization_id: int, filters: PayoutFilters) -> QuerySet[Payout]:
    """Unordered: the page decides the direction."""
    return payouts_of(organization_id).filter(condition_of(filters))


def list_payout_events(*, organization_id: int, payout_id: int) -> QuerySet[Event]:
    """The history of a payout, oldest first. Raises PayoutNotFound."""
    payout = get_payout(organization_id=organization_id, payout_id=payout_id)
    return list_events_of(organization_id=organization_id, subject_type=PAYOUT, subject_id=payout.pk)


def list_latest_events(payout: Payout, *, most: int) -> list[Event]:
    """The latest part of the payout's history, oldest first; one event more than `most` tells of others."""
    events = list_events_of(organization_id=payout.organization_id, subject_type=PAYOUT, subject_id=payout.pk)
    return list(reversed(events.order_by("-id")[: most + 1]))


def load_attempts_and_settlements(payout: Payout) -> None:
    """Afterwards `payout.attempts.all()` and `payout.settlements.all()` ask the database nothing."""
    prefetch_related_objects(
        [payout],
        Prefetch("attempts", list_attempts(payout)),
        Prefetch("settlements", list_settlements_of(payout)),
    )


def payouts_of(organization_id: int) -> QuerySet[Payout]:
    return Payout.objects.filter(organization_id=organization_id, deleted_at=None)


_BY_ID = CompiledQuery(
    lambda organization_id, payout_id: payouts_of(organization_id).filter(pk=payout_id),
    "organization_id",
    "payout_id",
)
