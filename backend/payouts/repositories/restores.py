"""The writers' door after a restore: what is unfinished on a rail, and whether it may be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Max
from django.db.models.functions import Now

from payouts.domain.attempt import AttemptState
from payouts.domain.status import OPEN_STATUSES, WAITING_STAGES, Stage, Status
from payouts.models import Payout, PayoutAttempt
from payouts.repositories.attempts import lock_attempts

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

_OPEN = [status.value for status in OPEN_STATUSES]
_WAITING = [stage.value for stage in WAITING_STAGES]
_WITH_A_WORKER = [AttemptState.SENDING.value, AttemptState.NOT_SENT.value]


def lock_attempts_with_a_worker(*, rail: str, limit: int) -> list[PayoutAttempt]:
    """Attempts that a worker held, or was to take up again, when the database was saved."""
    wanted = PayoutAttempt.objects.filter(rail=rail, state__in=_WITH_A_WORKER).order_by("id")
    return lock_attempts(rail=rail, rail_keys=list(wanted.values_list("rail_key", flat=True)[:limit]))


def find_last_lease(*, now: datetime) -> datetime | None:
    """When the last of the leases ends that still hold, on any rail; None when none does."""
    holding = PayoutAttempt.objects.filter(state=AttemptState.SENDING.value, lease_until__gte=now)
    until: datetime | None = holding.aggregate(until=Max("lease_until"))["until"]
    return until


def hold_everything(*, rail: str) -> None:
    """Afterwards nothing is due on the rail, and no sweep asks about anything."""
    Payout.objects.filter(rail=rail, next_run_at__isnull=False).update(next_run_at=None, updated_at=Now())
    PayoutAttempt.objects.filter(rail=rail, next_inquiry_at__isnull=False).update(
        next_inquiry_at=None, updated_at=Now()
    )


def release_waiting(payout_ids: Collection[int]) -> None:
    """Those of the payouts that wait to be sent are due again, now."""
    Payout.objects.filter(
        pk__in=payout_ids, stage__in=_WAITING, next_run_at__isnull=True, deleted_at__isnull=True
    ).update(next_run_at=Now(), updated_at=Now())


def list_unfinished_payouts(*, rail: str, after_id: int, limit: int) -> list[Payout]:
    """By id. Not locked."""
    return list(
        Payout.objects.filter(rail=rail, status__in=_OPEN, deleted_at__isnull=True, pk__gt=after_id).order_by(
            "pk"
        )[:limit]
    )


def list_attempts_of(payout_ids: Collection[int]) -> list[PayoutAttempt]:
    return list(PayoutAttempt.objects.filter(payout_id__in=payout_ids))


def mark_unknown(payouts: Collection[Payout], *, attempts_made: int) -> None:
    """Afterwards the payouts are PROCESSING/unknown, due no more, and have made that many attempts."""
    Payout.objects.filter(pk__in=[payout.pk for payout in payouts]).update(
        status=Status.PROCESSING.value,
        stage=Stage.UNKNOWN.value,
        status_details="",
        next_run_at=None,
        attempts_made=attempts_made,
        updated_at=Now(),
    )
