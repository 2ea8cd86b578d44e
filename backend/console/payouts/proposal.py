"""What one person has said of a payout and another has to approve, and what this operator can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from console.frame.callers import actor_of
from console.frame.dialogs import offers
from console.payouts.actor_words import words_of_actor
from console.payouts.settlement_dialogs import verbs_on
from console.payouts.timeline import VERDICTS

if TYPE_CHECKING:
    from typing import Any as Admin

    from django.http import HttpRequest

    from payouts.models import Settlement


@dataclass(frozen=True)
class Proposal:
    """`is_own`: it is this operator's, so that somebody else has to speak."""

    settlement: Settlement
    said: str
    proposed_by: str
    is_own: bool
    offers: list[dict[str, Any]]


def proposal_of(request: HttpRequest, settlements: Admin, settlement: Settlement) -> Proposal:
    actor = actor_of(request)
    return Proposal(
        settlement=settlement,
        said=VERDICTS[settlement.verdict],
        proposed_by=words_of_actor(settlement.proposed_by),
        is_own=settlement.proposed_by == actor,
        offers=offers(request, settlements, settlement, among=verbs_on(settlement, actor=actor)),
    )
