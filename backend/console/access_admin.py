"""Organizations and their API keys."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.template.response import TemplateResponse
from django.utils import timezone

from access.application.create_api_key import create_api_key
from access.application.create_organization import create_organization
from access.application.revoke_api_key import revoke_api_key
from access.environment import Environment
from access.models import ApiKey, Organization
from access.repositories import lock_api_key
from console.access_forms import NewApiKeyForm, OrganizationForm
from console.callers import actor_of, operator_of
from console.console_admin import ConsoleAdmin, ReadOnlyAdmin
from console.filters import OrganizationFilter, RevokedFilter

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse


@admin.register(Organization)
class OrganizationAdmin(ConsoleAdmin[Organization]):
    """Only a superuser makes one: anybody else would not see it afterwards."""

    organization_lookup = "pk"

    list_display = ("name", "environment", "created_at")
    search_fields = ("name",)
    form = OrganizationForm
    fields = ("name", "environment")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return operator_of(request).is_superuser

    def get_readonly_fields(self, request: HttpRequest, obj: Organization | None = None) -> tuple[str, ...]:  # noqa: ARG002  the framework's signature
        return () if obj is None else ("environment",)

    def save_model(self, request: HttpRequest, obj: Organization, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001  the framework's signature
        if change:
            obj.save(update_fields=["name"])
        else:
            obj.pk = create_organization(name=obj.name, environment=Environment(obj.environment)).pk


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin[ApiKey]):
    """Whoever may add keys may give a key any scope: that permission is worth the whole organization."""

    list_display = ("name", "public_id", "organization", "scopes", "created_by", "created_at", "revoked_at")
    list_select_related = ("organization",)
    list_filter = (RevokedFilter, OrganizationFilter)
    search_fields = ("name", "public_id__exact")
    actions = ("revoke",)

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> tuple[str, ...]:  # noqa: ARG002  the framework's signature
        if obj is None:
            return NewApiKeyForm.Meta.fields
        return ("name", "public_id", "organization", "scopes", "created_by", "created_at", "revoked_at")

    def get_form(self, request: HttpRequest, obj: ApiKey | None = None, *args: Any, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = NewApiKeyForm
        return super().get_form(request, obj, *args, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return operator_of(request).has_perm("access.add_apikey")

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return operator_of(request).has_perm("access.change_apikey")

    def save_model(self, request: HttpRequest, obj: ApiKey, form: NewApiKeyForm, change: bool) -> None:  # noqa: ARG002, FBT001  the framework's signature
        token = create_api_key(
            organization=obj.organization, name=obj.name, scopes=form.chosen_scopes, actor=actor_of(request)
        )
        obj.pk, obj.public_id = lock_api_key(token.public_id).pk, token.public_id
        self.message_user(request, f"Copy the key now, it is shown this once: {token.reveal()}")

    def response_add(
        self,
        request: HttpRequest,
        obj: ApiKey,
        post_url_continue: str | None = None,  # noqa: ARG002  the framework's signature
    ) -> HttpResponse:
        """Show the key in this answer: with a redirect, the secret would have to be kept meanwhile."""
        context = self.admin_site.each_context(request) | {"title": f"API key {obj.public_id}"}
        return TemplateResponse(request, "admin/base_site.html", context)

    @admin.action(description="Revoke", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        verb = partial(_revoke, actor_of(request))
        self.do_with_each(request, queryset, verb, done="revoked")


def _revoke(actor: str, api_key: ApiKey) -> None:
    revoke_api_key(public_id=api_key.public_id, actor=actor, now=timezone.now())
