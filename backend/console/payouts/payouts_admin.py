"""Payouts and attempts: to be read, and moved by the use cases alone."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.contrib import admin
from django.contrib.messages import ERROR
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from console.frame.callers import caller_for, operator_of
from console.frame.console_admin import ReadOnlyAdmin
from console.frame.filters import (
    AttemptStateFilter,
    CurrencyFilter,
    OrganizationFilter,
    RailFilter,
    StageFilter,
    StatusFilter,
)
from console.frame.generic_admin import TabularInline
from console.payouts.payout_forms import PayoutActionForm, ReasonForm
from infrastructure.payouts.cache import bump_list_version
from payouts.application.change_status import change_status
from payouts.application.delete_payout import delete_payout
from payouts.bank_details import shown_account_number
from payouts.domain.status import Status
from payouts.models import Payout, PayoutAttempt
from payouts.selectors import list_payout_events

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

MOST_EVENTS = 200


class AttemptInline(TabularInline[PayoutAttempt, Payout]):
    model = PayoutAttempt
    fields = (
        "number",
        "rail",
        "rail_key",
        "state",
        "first_sent_at",
        "inquiries",
        "provider_reference",
        "failure",
    )
    ordering = ("number",)
    show_change_link = True
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Payout | None = None) -> bool:  # noqa: ARG002  the framework's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Payout | None = None) -> bool:  # noqa: ARG002  the framework's signature
        return False


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
    list_filter = (StatusFilter, StageFilter, CurrencyFilter, RailFilter, OrganizationFilter)
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
    inlines = (AttemptInline,)
    action_form = PayoutActionForm
    actions = ("delete_payouts", "take_over", "mark_completed", "mark_failed")

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

    def has_withdraw_permission(self, request: HttpRequest) -> bool:
        return operator_of(request).has_perm("payouts.delete_payout")

    def has_move_permission(self, request: HttpRequest) -> bool:
        return operator_of(request).has_perm("payouts.change_payout")

    @admin.action(description="Delete payouts of which nothing was sent", permissions=["withdraw"])
    def delete_payouts(self, request: HttpRequest, queryset: QuerySet[Payout]) -> None:
        self._do_and_refresh_lists(request, queryset, partial(_delete, request), done="deleted")

    @admin.action(description="Take over: pay by hand", permissions=["move"])
    def take_over(self, request: HttpRequest, queryset: QuerySet[Payout]) -> None:
        self._move(request, queryset, Status.PROCESSING)

    @admin.action(description="Mark as completed", permissions=["move"])
    def mark_completed(self, request: HttpRequest, queryset: QuerySet[Payout]) -> None:
        self._move(request, queryset, Status.COMPLETED)

    @admin.action(description="Mark as failed", permissions=["move"])
    def mark_failed(self, request: HttpRequest, queryset: QuerySet[Payout]) -> None:
        self._move(request, queryset, Status.FAILED)

    def _move(self, request: HttpRequest, queryset: QuerySet[Payout], target: Status) -> None:
        """Always with a reason: whoever looks at the payout later sees whose judgement it was, and why."""
        form = ReasonForm(request.POST)
        if not form.is_valid():
            problems = " ".join(str(problem) for problem in form.errors["reason"])
            self.message_user(request, f"Nothing was done. The reason beside the action: {problems}", ERROR)
            return
        move = partial(_move_by_hand, request, target, form.cleaned_data["reason"])
        self._do_and_refresh_lists(request, queryset, move, done=f"moved to {target.value}")

    def _do_and_refresh_lists(
        self, request: HttpRequest, queryset: QuerySet[Payout], verb: Callable[[Payout], object], *, done: str
    ) -> None:
        changed = self.do_with_each(request, queryset, verb, done=done)
        for organization_id in {payout.organization_id for payout in changed}:
            bump_list_version(organization_id)


def _delete(request: HttpRequest, payout: Payout) -> None:
    caller = caller_for(request, payout.organization)
    delete_payout(caller=caller, payout_id=payout.pk, now=timezone.now())


def _move_by_hand(request: HttpRequest, target: Status, reason: str, payout: Payout) -> None:
    change_status(
        caller=caller_for(request, payout.organization),
        payout_id=payout.pk,
        target=target,
        reason=reason,
        now=timezone.now(),
    )


@admin.register(PayoutAttempt)
class PayoutAttemptAdmin(ReadOnlyAdmin[PayoutAttempt]):
    list_display = ("rail_key", "organization", "payout", "rail", "state", "inquiries", "first_sent_at")
    list_select_related = ("organization", "payout")
    list_filter = (AttemptStateFilter, RailFilter, OrganizationFilter)
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
