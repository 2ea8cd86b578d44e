"""Attempts: what was sent, found by the keys and references that the bank knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.utils.html import format_html

from console.frame.filters import ColumnFilter
from console.frame.record_page import RecordPageAdmin
from console.payouts.attempt_block import block_of, words_of_state
from console.payouts.pills import pill_of
from console.payouts.times import shown_time
from payouts.domain.attempt import LIVE_STATES, AttemptState
from payouts.models import PayoutAttempt

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.utils.safestring import SafeString


class LiveStateFilter(ColumnFilter):
    """What is open, which an index holds. What has ended is found through its payout.

    For the few that came back the whole list would be looked through.
    """

    title = parameter_name = "state"
    values = tuple(state.value for state in AttemptState if state in LIVE_STATES)

    def queryset(self, request: HttpRequest, queryset: QuerySet[PayoutAttempt]) -> QuerySet[PayoutAttempt]:
        if self.value() not in {None, *self.values}:
            raise IncorrectLookupParameters
        return super().queryset(request, queryset)


@admin.register(PayoutAttempt)
class PayoutAttemptAdmin(RecordPageAdmin[PayoutAttempt]):
    page_template = "console/payouts/attempt.html"

    list_display = ("rail_key", "rail", "state_pill", "provider_reference", "inquiries", "first_sent")
    list_filter = (LiveStateFilter,)
    search_fields = ("rail_key__exact", "provider_reference__exact")
    search_help_text = "A whole rail key, or a whole reference of the bank or provider"
    # As an index holds them, which the order of their own numbers has none of.
    ordering = ("-payout_id", "-number")

    def page_of(self, request: HttpRequest, record: PayoutAttempt) -> dict[str, Any]:  # noqa: ARG002  it is the same for everybody
        payout = record.payout
        return {
            "title": f"Attempt {record.rail_key}",
            "payout": payout,
            "pill": pill_of(payout.status, payout.stage),
            "entry": block_of(record, payout),
        }

    @admin.display(description="state")
    def state_pill(self, attempt: PayoutAttempt) -> SafeString:
        words, tone = words_of_state(attempt)
        return format_html('<span class="pill pill-{}">{}</span>', tone, words)

    @admin.display(description="first sent")
    def first_sent(self, attempt: PayoutAttempt) -> SafeString:
        return shown_time(attempt.first_sent_at)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, {"title": "Attempts"} | (extra_context or {}))
