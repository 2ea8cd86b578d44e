"""Payouts: to be read, and moved by the use cases alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from console.frame.filters import (
    CurrencyFilter,
    RailFilter,
    StageFilter,
    StatusFilter,
)
from console.frame.record_page import RecordPageAdmin
from console.payouts.payout_dialogs import PAYOUT_DIALOGS
from console.payouts.payout_page import page_of
from payouts.bank_details import shown_account_number
from payouts.models import Payout

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(Payout)
class PayoutAdmin(RecordPageAdmin[Payout]):
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
    page_template = "console/payouts/payout.html"
    dialogs = PAYOUT_DIALOGS

    def records_of(self, request: HttpRequest, organization_ids: list[int]) -> QuerySet[Payout]:
        return super().records_of(request, organization_ids).filter(deleted_at=None)

    def page_of(self, request: HttpRequest, record: Payout) -> dict[str, Any]:
        return page_of(request, self, record)

    @admin.display
    def amount(self, payout: Payout) -> str:
        return payout.money.amount

    @admin.display(description="account number")
    def account_number(self, payout: Payout) -> str:
        return shown_account_number(payout, "account_number_snapshot")
