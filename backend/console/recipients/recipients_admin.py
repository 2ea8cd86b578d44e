"""Recipients: made and changed by the use cases, their account numbers masked."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html

from console.frame.callers import caller_for, operator_of
from console.frame.current_organization import current_organization, work_for
from console.frame.filters import ActiveFilter
from console.frame.record_page import RecordPageAdmin
from console.recipients.by_account_page import show_by_account
from console.recipients.dialogs import RECIPIENT_DIALOGS, REVEAL
from console.recipients.recipient_filters import CountryFilter
from console.recipients.recipient_forms import NewRecipientForm
from console.recipients.recipient_page import recipient_page
from infrastructure.payouts.cache import bump_list_version
from payouts.api.fields import find_id
from payouts.application.create_recipient import create_recipient
from payouts.bank_details import shown_account_number
from payouts.models import Recipient
from payouts.selectors import search_recipients

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern
    from django.utils.safestring import SafeString


@admin.register(Recipient)
class RecipientAdmin(RecordPageAdmin[Recipient]):
    list_display = ("name", "kind", "masked_account_number", "bank_code", "country", "state", "created")
    list_filter = (ActiveFilter, CountryFilter)
    search_fields = ("name",)
    search_help_text = "The beginnings of words of the name, or the whole id"
    page_template = "console/recipients/recipient.html"
    dialogs = RECIPIENT_DIALOGS

    @admin.display(description="account number")
    def masked_account_number(self, recipient: Recipient) -> str:
        return shown_account_number(recipient, "account_number")

    @admin.display(description="type")
    def kind(self, recipient: Recipient) -> str:
        return recipient.type.capitalize()

    @admin.display
    def state(self, recipient: Recipient) -> SafeString:
        look, words = ("good", "active") if recipient.is_active else ("bad", "inactive")
        return format_html('<span class="pill pill-{}">{}</span>', look, words)

    @admin.display
    def created(self, recipient: Recipient) -> SafeString:
        moment = recipient.created_at
        return format_html(
            '<time class="number" datetime="{}">{}</time>', moment.isoformat(), f"{moment:%Y-%m-%d}"
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(partial(show_by_account, admin=self))
        return [path("by-account/", view, name="payouts_recipient_by_account"), *super().get_urls()]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        tools = []
        if operator_of(request).has_perm(REVEAL):
            url = reverse("admin:payouts_recipient_by_account")
            tools.append({"title": "Find by account number", "url": url, "is_primary": False})
        return super().changelist_view(request, {"tools": tools} | (extra_context or {}))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Recipient], search_term: str
    ) -> tuple[QuerySet[Recipient], bool]:
        """By the index of the words of names, or by id. Never by an account number: addresses are kept."""
        organization = current_organization(request)
        if not search_term or organization is None:
            return queryset, False
        by_id = queryset.filter(pk=find_id(search_term.strip()) or 0)
        if by_id.exists():
            return by_id, False
        return queryset & search_recipients(organization_id=organization.pk, text=search_term), False

    def page_of(self, request: HttpRequest, record: Recipient) -> dict[str, Any]:
        return recipient_page(request, self, record)

    def has_add_permission(self, request: HttpRequest) -> bool:
        may = operator_of(request).has_perm("payouts.add_recipient")
        return may and current_organization(request) is not None

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",  # noqa: ARG002  it is made here
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form's address names the organization: who switches in another tab still adds to this one."""
        wanted = request.GET.get("organization")
        if wanted is not None and not work_for(request, find_id(wanted) or 0):
            raise PermissionDenied
        organization = current_organization(request)
        if organization is None:
            raise PermissionDenied
        return super().add_view(request, f"?organization={organization.pk}", extra_context)

    def get_form(self, request: HttpRequest, obj: Recipient | None = None, *args: Any, **kwargs: Any) -> Any:
        return super().get_form(request, obj, *args, **kwargs | {"form": NewRecipientForm})

    def get_fields(self, request: HttpRequest, obj: Recipient | None = None) -> tuple[str, ...]:  # noqa: ARG002  the framework's signature
        return NewRecipientForm.Meta.fields

    def save_model(self, request: HttpRequest, obj: Recipient, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001  the framework's signature
        organization = current_organization(request)
        if organization is None:
            raise PermissionDenied
        saved = create_recipient(caller=caller_for(request, organization), details=form.details)
        obj.pk, obj.organization = saved.pk, organization
        transaction.on_commit(partial(bump_list_version, organization.pk))

    def response_add(
        self,
        request: HttpRequest,  # noqa: ARG002  the framework's signature
        obj: Recipient,
        post_url_continue: str | None = None,  # noqa: ARG002  the framework's signature
    ) -> HttpResponse:
        """To the page of the new one, which tells if the account is somebody else's, too."""
        return HttpResponseRedirect(reverse("admin:payouts_recipient_change", args=[obj.pk]))
