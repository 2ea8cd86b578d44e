"""How the whole service stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Min, Q
from django.db.models.functions import Coalesce, Now

from events.selectors import measure_markers
from heartbeats.selectors import list_heartbeats
from payouts.domain.attempt import ASKABLE_STATES, AttemptState
from payouts.domain.standing import INQUIRY_WAITS_LONG, OpenPayouts, Standing, VitalSigns, Waiting
from payouts.domain.status import OPEN_STATUSES, WAITING_STAGES, Stage
from payouts.models import Payout, PayoutAttempt
from payouts.rails import list_automatic_rails

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from django.db.models import QuerySet


def report_standing() -> Standing:
    """How the whole service stands, for operators: of all organizations, in seven statements.

    Each reads a partial index of what is open, whatever the number of payouts that have come to their end.
    """
    signs, rails = report_vital_signs(), _automatic_rails()
    return Standing(
        heartbeats=signs.heartbeats,
        markers=signs.markers,
        due=signs.due,
        open_payouts=tuple(_list_open_payouts()),
        expired_leases=_expired_leases(),
        held=_held(rails),
        not_asked_about=_not_asked_about(rails),
    )


def report_vital_signs() -> VitalSigns:
    """What tells whether it moves at all, in three of the statements."""
    markers = measure_markers()
    return VitalSigns(
        heartbeats=tuple(list_heartbeats()),
        markers=Waiting(markers.count, markers.oldest_age),
        due=_due_by_rail(_automatic_rails()),
    )


def _automatic_rails() -> list[str]:
    return [rail.code for rail in list_automatic_rails()]


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
