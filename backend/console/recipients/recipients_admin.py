"""Recipients: made and changed by the use cases, their account numbers masked."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.messages import WARNING
from django.db import transaction
from django.utils import timezone

from console.frame.callers import caller_for
from console.frame.console_admin import ConsoleAdmin
from console.frame.filters import ActiveFilter
from console.recipients.recipient_forms import NewRecipientForm, RecipientForm
from infrastructure.payouts.cache import bump_list_version
from payouts.application.create_recipient import create_recipient
from payouts.application.update_recipient import update_recipient
from payouts.bank_details import shown_account_number
from payouts.models import Recipient
from payouts.selectors import list_possible_duplicates

if TYPE_CHECKING:
    from django.forms import ModelForm
    from django.http import HttpRequest


@admin.register(Recipient)
class RecipientAdmin(ConsoleAdmin[Recipient]):
    list_display = (
        "name",
        "organization",
        "type",
        "masked_account_number",
        "bank_code",
        "country",
        "is_active",
        "created_at",
    )
    list_select_related = ("organization",)
    list_filter = (ActiveFilter,)
    search_fields = ("name",)

    def get_form(
        self,
        request: HttpRequest,
        obj: Recipient | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> type[ModelForm[Recipient]]:
        kwargs["form"] = NewRecipientForm if obj is None else RecipientForm
        return super().get_form(request, obj, *args, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Recipient | None = None) -> tuple[str, ...]:
        if obj is None:
            return NewRecipientForm.Meta.fields
        new = ("new_account_number",) if self.has_change_permission(request, obj) else ()
        return (
            "organization",
            "type",
            "name",
            "masked_account_number",
            *new,
            "bank_code",
            "country",
            "is_active",
            "created_at",
            "updated_at",
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Recipient | None = None) -> tuple[str, ...]:  # noqa: ARG002  the framework's signature
        if obj is None:
            return ()
        return ("organization", "type", "masked_account_number", "created_at", "updated_at")

    @admin.display(description="account number")
    def masked_account_number(self, recipient: Recipient) -> str:
        return shown_account_number(recipient, "account_number")

    def save_model(self, request: HttpRequest, obj: Recipient, form: Any, change: bool) -> None:  # noqa: FBT001  the framework's signature
        caller = caller_for(request, obj.organization)
        if change:
            saved = update_recipient(
                caller=caller, recipient_id=obj.pk, changes=form.changes, now=timezone.now()
            )
        else:
            saved = create_recipient(caller=caller, details=form.details)
            obj.pk = saved.pk
        self._hint_at_duplicates(request, saved)
        # Deactivating holds payouts, and activating releases them: the list of payouts shows both.
        transaction.on_commit(partial(bump_list_version, caller.organization_id))

    def _hint_at_duplicates(self, request: HttpRequest, recipient: Recipient) -> None:
        if same := list_possible_duplicates(recipient):
            numbers = ", ".join(str(recipient_id) for recipient_id in same)
            self.message_user(request, f"Recipients with the same account number: {numbers}", WARNING)
