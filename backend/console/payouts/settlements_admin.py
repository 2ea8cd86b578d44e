"""Settlements: what waits for a second person's word, and what was decided before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html

from console.frame.current_organization import current_organization
from console.frame.filters import ColumnFilter
from console.frame.record_page import RecordPageAdmin
from console.payouts.actor_words import words_of_actor
from console.payouts.proposal import proposal_of
from console.payouts.settlement_dialogs import SETTLEMENT_DIALOGS
from console.payouts.timeline import VERDICTS
from console.payouts.times import shown_time
from core.visible_text import show_unseen
from payouts.domain.settlement import SettlementState
from payouts.models import Settlement
from payouts.selectors import list_waiting_settlements

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest
    from django.utils.safestring import SafeString

MOST_WAITING = 50

STATES: Mapping[str, tuple[str, str]] = {
    SettlementState.PROPOSED.value: ("waits for a second person", "warn"),
    SettlementState.CARRIED_OUT.value: ("carried out", "good"),
    SettlementState.REFUSED.value: ("refused", "bad"),
    SettlementState.OVERTAKEN.value: ("overtaken", "quiet"),
}


class SettlementStateFilter(ColumnFilter):
    title = parameter_name = "state"
    values = tuple(STATES)


@admin.register(Settlement)
class SettlementAdmin(RecordPageAdmin[Settlement]):
    """A settlement has no page of its own: it stands on its payout's."""

    change_list_template = "console/payouts/settlements.html"
    list_display = ("payout_link", "said", "words_of_reason", "state_pill", "by", "proposed", "decided")
    list_display_links = None
    list_select_related = ("payout",)
    list_filter = (SettlementStateFilter,)
    dialogs = SETTLEMENT_DIALOGS

    def answer(self, request: HttpRequest, record: Settlement) -> HttpResponse:  # noqa: ARG002  it needs no page
        return HttpResponseRedirect(reverse("admin:payouts_payout_change", args=[record.payout_id]))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(
            request, {"title": "Settlements"} | (extra_context or {}) | self._waiting(request)
        )

    def _waiting(self, request: HttpRequest) -> dict[str, Any]:
        organization = current_organization(request)
        if organization is None:
            return {}
        waiting = list_waiting_settlements(organization.pk)[: MOST_WAITING + 1]
        proposals = [proposal_of(request, self, settlement) for settlement in waiting]
        return {
            "proposals": proposals[:MOST_WAITING],
            "most_waiting": MOST_WAITING if len(proposals) > MOST_WAITING else None,
        }

    @admin.display(description="payout")
    def payout_link(self, settlement: Settlement) -> SafeString:
        address = reverse("admin:payouts_payout_change", args=[settlement.payout_id])
        return format_html('<a class="mono" href="{}">{}</a>', address, settlement.payout.reference)

    @admin.display(description="said")
    def said(self, settlement: Settlement) -> str:
        return VERDICTS[settlement.verdict]

    @admin.display(description="reason")
    def words_of_reason(self, settlement: Settlement) -> SafeString:
        return format_html("<bdi>{}</bdi>", show_unseen(settlement.reason))

    @admin.display(description="state")
    def state_pill(self, settlement: Settlement) -> SafeString:
        words, tone = STATES[settlement.state]
        return format_html('<span class="pill pill-{}">{}</span>', tone, words)

    @admin.display(description="by")
    def by(self, settlement: Settlement) -> str:
        people = [settlement.proposed_by, settlement.decided_by]
        return ", ".join(dict.fromkeys(words_of_actor(person) for person in people if person))

    @admin.display(description="proposed")
    def proposed(self, settlement: Settlement) -> SafeString:
        return shown_time(settlement.proposed_at)

    @admin.display(description="decided", empty_value="not yet")
    def decided(self, settlement: Settlement) -> SafeString | None:
        return shown_time(settlement.decided_at) if settlement.decided_at else None
