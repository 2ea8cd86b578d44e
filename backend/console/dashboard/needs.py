"""What needs a person, each with the way to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.urls import reverse

from console.dashboard.numbers import grouped
from console.dashboard.periods import Period
from payouts.domain.settlement import SettlementState
from payouts.domain.status import Stage, Status
from payouts.selectors.needs import count_what_needs_a_person

if TYPE_CHECKING:
    from datetime import datetime

    from payouts.selectors.needs import BoundedCount

PAYOUTS = "admin:payouts_payout_changelist"
VIEW_PAYOUTS, VIEW_SETTLEMENTS = "payouts.view_payout", "payouts.view_settlement"
SETTLEMENTS = "admin:payouts_settlement_changelist"


@dataclass(frozen=True)
class Need:
    name: str
    title: str
    count: BoundedCount
    url: str
    permission: str = VIEW_PAYOUTS

    @property
    def shown_count(self) -> str:
        return grouped(self.count.count) + ("+" if self.count.is_more else "")

    @property
    def is_there(self) -> bool:
        return self.count.count > 0


def list_needs(*, organization_id: int, now: datetime) -> list[Need]:
    found = count_what_needs_a_person(organization_id=organization_id, now=now)
    failed_today = (("status", Status.FAILED.value), ("created", Period.TODAY.value))
    return [
        Need("unknown", "Outcome unknown", found.unknown, _in_stage(Stage.UNKNOWN)),
        Need("review", "Needs review", found.needs_review, _in_stage(Stage.NEEDS_REVIEW)),
        Need("settlements", "Wait for a second word", found.proposed, _settlements_url(), VIEW_SETTLEMENTS),
        Need("held", "On hold", found.on_hold, _in_stage(Stage.ON_HOLD)),
        Need("failed", "Failed today", found.failed, payouts_url(*failed_today)),
    ]


def payouts_url(*filters: tuple[str, str]) -> str:
    return f"{reverse(PAYOUTS)}?{urlencode(filters)}"


def _in_stage(stage: Stage) -> str:
    return payouts_url(("stage", stage.value))


def _settlements_url() -> str:
    return f"{reverse(SETTLEMENTS)}?{urlencode({'state': SettlementState.PROPOSED.value})}"
