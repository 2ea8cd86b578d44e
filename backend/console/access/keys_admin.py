"""Organizations and their API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils import timezone

from access.application.create_api_key import create_api_key
from access.application.create_organization import create_organization
from access.application.rename_organization import rename_organization
from access.environment import Environment
from access.models import ApiKey, Organization
from access.repositories import lock_api_key
from console.access.key_dialogs import KEY_DIALOGS
from console.access.key_forms import NewApiKeyForm, OrganizationForm
from console.access.new_key_page import show_new_key
from console.frame.callers import actor_of, grantable_scopes, operator_of
from console.frame.console_admin import ConsoleAdmin, ReadOnlyAdmin
from console.frame.filters import RevokedFilter

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


# Where a request keeps the key that it has made until its answer shows it.
_NEW_KEY = "payouts.new_key"


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
            rename_organization(organization_id=obj.pk, name=obj.name, actor=actor_of(request))
        else:
            environment = Environment(obj.environment)
            obj.pk = create_organization(name=obj.name, environment=environment, actor=actor_of(request)).pk


_KEY_COLUMNS = (
    "name",
    "public_id",
    "organization",
    "scopes",
    "networks",
    "created_by",
    "created_at",
    "expires_at",
    "revoked_at",
    "last_used_at",
    "rotated_from",
)


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin[ApiKey]):
    """Whoever makes a key holds it: without a permission of its own, they give it no scope beyond theirs."""

    list_display = _KEY_COLUMNS
    list_select_related = ("organization", "rotated_from")
    list_filter = (RevokedFilter,)
    search_fields = ("name", "public_id__exact")
    dialogs = KEY_DIALOGS

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> tuple[str, ...]:  # noqa: ARG002  the framework's signature
        if obj is None:
            return NewApiKeyForm.Meta.fields
        return _KEY_COLUMNS

    @admin.display(description="used from")
    def networks(self, api_key: ApiKey) -> str:
        return ", ".join(api_key.allowed_networks) or "everywhere"

    def get_form(self, request: HttpRequest, obj: ApiKey | None = None, *args: Any, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = NewApiKeyForm
        return super().get_form(request, obj, *args, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return operator_of(request).has_perm("access.add_apikey")

    def save_model(self, request: HttpRequest, obj: ApiKey, form: NewApiKeyForm, change: bool) -> None:  # noqa: ARG002, FBT001  the framework's signature
        token = create_api_key(
            organization=obj.organization,
            name=obj.name,
            scopes=form.chosen_scopes,
            grantable=grantable_scopes(request),
            expires_at=obj.expires_at,
            allowed_networks=obj.allowed_networks,
            actor=actor_of(request),
            now=timezone.now(),
        )
        obj.pk, obj.public_id = lock_api_key(token.public_id).pk, token.public_id
        request.META[_NEW_KEY] = token

    def response_add(
        self,
        request: HttpRequest,
        obj: ApiKey,
        post_url_continue: str | None = None,  # noqa: ARG002  the framework's signature
    ) -> HttpResponse:
        return show_new_key(request, self, request.META.pop(_NEW_KEY), title=f"API key {obj.public_id}")
