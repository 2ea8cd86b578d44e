"""Payouts: to be read, and moved by the use cases alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from console.frame.record_page import RecordPageAdmin
from console.payouts.list_admin import PayoutListAdmin
from console.payouts.payout_dialogs import PAYOUT_DIALOGS
from console.payouts.payout_page import page_of
from payouts.models import Payout

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(Payout)
class PayoutAdmin(PayoutListAdmin, RecordPageAdmin[Payout]):
    page_template = "console/payouts/payout.html"
    dialogs = PAYOUT_DIALOGS

    def records_of(self, request: HttpRequest, organization_ids: list[int]) -> QuerySet[Payout]:
        return super().records_of(request, organization_ids).filter(deleted_at=None)

    def page_of(self, request: HttpRequest, record: Payout) -> dict[str, Any]:
        return page_of(request, self, record)
