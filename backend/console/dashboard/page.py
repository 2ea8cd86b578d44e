"""What the dashboard tells an operator of the current organization, and of the service that carries it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.dashboard.figures import by_currency, overall
from console.dashboard.needs import VIEW_PAYOUTS, list_needs
from console.dashboard.periods import Period, read_period
from console.dashboard.volume import volume_by_day
from console.frame.callers import operator_of
from console.frame.current_organization import current_organization
from console.system.page import MAY_LOOK
from console.system.pulse import take_pulse
from infrastructure.payouts.figures import figures_of
from payouts.domain.figures import Figures
from payouts.selectors import report_vital_signs

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest

    from access.models import Operator


def dashboard_context(request: HttpRequest, *, now: datetime) -> dict[str, Any]:
    period = read_period(request.GET.get("period", ""))
    operator, organization = operator_of(request), current_organization(request)
    vitals, _ = take_pulse(report_vital_signs)
    context = {
        "period": period,
        "periods": list(Period),
        "has_organization": organization is not None,
        "vitals": vitals,
        "may_see_system": operator.has_perm(MAY_LOOK),
    }
    if organization is None or not operator.has_perm(VIEW_PAYOUTS):
        return context
    return context | _figures(operator, organization.pk, period, now)


def _figures(operator: Operator, organization_id: int, period: Period, now: datetime) -> dict[str, Any]:
    # A chart of one day says nothing: beside today stand the days before.
    drawn = max(period, Period.WEEK, key=lambda each: each.days)
    first = drawn.begins_at(now)
    in_chart = figures_of(organization_id=organization_id, since=first, now=now)
    in_period = Figures.of(day for day in in_chart.days if day.day >= period.begins_at(now).date())
    needs = list_needs(organization_id=organization_id, now=now)
    return {
        "needs": [need for need in needs if operator.has_perm(need.permission)],
        "overall": overall(in_period, period),
        "currencies": by_currency(in_period, period),
        "volume": volume_by_day(in_chart.days, first=first.date(), days=drawn.days),
    }
