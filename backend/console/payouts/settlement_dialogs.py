"""Saying what became of a payout where no bank can, by one person or by two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from console.frame.callers import caller_for
from console.frame.dialogs import Dialog
from console.payouts.dialogs import PayoutDialog
from console.payouts.last_attempt import last_attempt_of, waits_for_judgement
from console.payouts.settlement_forms import SettleForm
from console.payouts.timeline import VERDICTS
from infrastructure.payouts.cache import bump_list_version
from payouts.application.approve_settlement import approve_settlement
from payouts.application.refuse_settlement import refuse_settlement
from payouts.application.settle_payout import settle_payout
from payouts.domain.settlement import SettlementState
from payouts.models import Payout, Settlement

if TYPE_CHECKING:
    from django.http import HttpRequest

_BY_ONE = "It is final: the payout ends by your word, and nothing is sent again."
_BY_TWO = "Nothing moves by your word alone: somebody else has to approve it."


def find_proposed(payout: Payout) -> Settlement | None:
    """Of those that the page has loaded."""
    proposed = (each for each in payout.settlements.all() if each.state == SettlementState.PROPOSED.value)
    return next(proposed, None)


class Settle(PayoutDialog):
    """Never for many: what one statement proves of one payout, it proves of no other."""

    name, title, button = "settle", "Settle", "Settle it"
    form_class = SettleForm

    def is_offered(self, record: Payout) -> bool:
        return waits_for_judgement(last_attempt_of(record)) and find_proposed(record) is None

    def explain(self, record: Payout) -> str:
        what = f"{record.reference}, {record.money.amount} {record.currency}."
        return f"{what} {_BY_TWO if settings.SETTLING_NEEDS_TWO_PEOPLE else _BY_ONE}"

    def carry_out(self, payout: Payout, asked: dict[str, Any]) -> str:
        settlement = settle_payout(**asked)
        said = VERDICTS[settlement.verdict]
        if settlement.state == SettlementState.PROPOSED.value:
            return f"{payout.reference}: you have said that {said}. Somebody else has to approve it."
        return f"{payout.reference} is settled: {said}."


class SettlementDialog(Dialog[Settlement]):
    """Shows what was proposed above the form."""

    template_name = "console/payouts/settlement_dialog.html"

    def is_offered(self, record: Settlement) -> bool:
        return record.state == SettlementState.PROPOSED.value

    def act(self, request: HttpRequest, record: Settlement, entered: dict[str, Any]) -> str:
        asked = {
            "caller": caller_for(request, record.organization),
            "settlement_id": record.pk,
            "now": timezone.now(),
        }
        done = self.carry_out(record, asked | entered)
        bump_list_version(record.organization_id)
        return done

    def carry_out(self, settlement: Settlement, asked: dict[str, Any]) -> str:
        raise NotImplementedError

    def address_after(self, record: Settlement) -> str:
        return reverse("admin:payouts_payout_change", args=[record.payout_id])


class Approve(SettlementDialog):
    name, title, button = "approve", "Approve", "Approve it"
    explanation = "Look at the evidence with your own eyes. It is final: the payout ends by it."
    permission = "payouts.approve_settlement"

    def carry_out(self, settlement: Settlement, asked: dict[str, Any]) -> str:
        approve_settlement(**asked)
        return f"{settlement.payout.reference} is settled: {VERDICTS[settlement.verdict]}."


class Refuse(SettlementDialog):
    name, title, button = "refuse", "Refuse", "Refuse it"
    explanation = "The payout stays as it is, and can be settled anew."
    permission = "payouts.approve_settlement"
    is_dangerous = True

    def carry_out(self, settlement: Settlement, asked: dict[str, Any]) -> str:
        refuse_settlement(**asked)
        return f"What was proposed for {settlement.payout.reference} is refused."


class TakeBack(Refuse):
    """What one has proposed oneself, without the right to judge what others propose."""

    name, title, button = "take-back", "Take back", "Take it back"
    permission = "payouts.change_payout"


def verbs_on(settlement: Settlement, *, actor: str) -> tuple[type[SettlementDialog], ...]:
    """What somebody can do about it, as far as they have the permissions."""
    return (TakeBack,) if settlement.proposed_by == actor else (Approve, Refuse)


SETTLEMENT_DIALOGS = (Approve, Refuse, TakeBack)
