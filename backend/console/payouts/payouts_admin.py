"""Payouts and attempts: to be read, and moved by the use cases alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.utils.html import format_html, format_html_join

from console.frame.console_admin import ReadOnlyAdmin
from console.frame.filters import (
    AttemptStateFilter,
    CurrencyFilter,
    RailFilter,
    StageFilter,
    StatusFilter,
)
from console.payouts.dialogs import PAYOUT_DIALOGS
from payouts.bank_details import shown_account_number
from payouts.models import Payout, PayoutAttempt
from payouts.selectors import list_payout_events

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

MOST_EVENTS = 200


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin[Payout]):
    list_display = (
        "reference",
        "organization",
        "recipient_name_snapshot",
        "account_number",
        "amount",
        "currency",
        "status",
        "stage",
        "rail",
        "created_at",
    )
    list_select_related = ("organization",)
    list_filter = (StatusFilter, StageFilter, CurrencyFilter, RailFilter)
    search_fields = ("reference__exact", "idempotency_key__exact", "recipient_name_snapshot__icontains")
    search_help_text = "A whole reference, a whole idempotency key, or part of the recipient's name"
    fields = (
        "reference",
        "organization",
        "status",
        "stage",
        "status_details",
        "failure",
        "amount",
        "currency",
        "recipient",
        "recipient_name_snapshot",
        "account_number",
        "bank_code_snapshot",
        "country_snapshot",
        "rail",
        "attempts_made",
        "next_run_at",
        "idempotency_key",
        "end_to_end_id",
        "uetr",
        "metadata",
        "created_by",
        "created_at",
        "updated_at",
        "completed_at",
        "what_happened",
    )
    readonly_fields = ("amount", "account_number", "what_happened")
    dialogs = PAYOUT_DIALOGS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payout]:
        return super().get_queryset(request).filter(deleted_at=None)

    @admin.display
    def amount(self, payout: Payout) -> str:
        return payout.money.amount

    @admin.display(description="account number")
    def account_number(self, payout: Payout) -> str:
        return shown_account_number(payout, "account_number_snapshot")

    @admin.display(description="what happened")
    def what_happened(self, payout: Payout) -> SafeString:
        events = list_payout_events(organization_id=payout.organization_id, payout_id=payout.pk)
        lines = (
            (f"{event.occurred_at:%Y-%m-%d %H:%M:%S}", event.type, event.actor, event.data.get("reason", ""))
            for event in events[:MOST_EVENTS]
        )
        return format_html("<ol>{}</ol>", format_html_join("", "<li>{} {} by {} {}</li>", lines))


@admin.register(PayoutAttempt)
class PayoutAttemptAdmin(ReadOnlyAdmin[PayoutAttempt]):
    list_display = ("rail_key", "organization", "payout", "rail", "state", "inquiries", "first_sent_at")
    list_select_related = ("organization", "payout")
    list_filter = (AttemptStateFilter, RailFilter)
    search_fields = ("rail_key__exact", "payout__reference__exact", "provider_reference__exact")
    search_help_text = "A whole rail key, payout reference or reference of the provider"
    fields = (
        "rail_key",
        "organization",
        "payout",
        "number",
        "rail",
        "state",
        "failure",
        "provider_reference",
        "evidence",
        "first_sent_at",
        "unknown_since",
        "inquiries",
        "next_inquiry_at",
        "fence",
        "lease_until",
        "request_hash",
        "created_at",
        "updated_at",
    )
