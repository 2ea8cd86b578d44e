"""Attempts: what was sent, found by the keys and references that the bank knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from console.frame.filters import AttemptStateFilter, RailFilter
from console.frame.record_page import RecordPageAdmin
from console.payouts.attempt_block import block_of
from console.payouts.pills import pill_of
from payouts.models import PayoutAttempt

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(PayoutAttempt)
class PayoutAttemptAdmin(RecordPageAdmin[PayoutAttempt]):
    page_template = "console/payouts/attempt.html"

    list_display = ("rail_key", "rail", "state", "provider_reference", "inquiries", "first_sent_at")
    list_filter = (AttemptStateFilter, RailFilter)
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
            "block": block_of(record, payout),
        }
