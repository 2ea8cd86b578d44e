"""API keys: what they may do, from where, until when, and who made them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils import timezone

from access.application.create_api_key import create_api_key
from access.models import ApiKey, Organization
from access.repositories import lock_api_key
from access.roles import ADD_KEYS
from access.selectors import list_organizations
from console.access.history import MOST_EVENTS, history
from console.access.key_dialogs import KEY_DIALOGS
from console.access.key_forms import NewApiKeyForm
from console.access.new_key_page import show_new_key
from console.access.pills import BAD, GOOD, QUIET, pill, pills
from console.frame.callers import actor_of, grantable_scopes, operator_of
from console.frame.console_admin import ReadOnlyAdmin
from console.frame.current_organization import current_organization
from console.frame.filters import RevokedFilter
from events.selectors import list_events_of

if TYPE_CHECKING:
    from django.db.models import ForeignKey
    from django.forms import ModelChoiceField
    from django.http import HttpRequest, HttpResponse
    from django.utils.safestring import SafeString


# Where a request keeps the key that it has made until its answer shows it.
_NEW_KEY = "payouts.new_key"
_LOOKS = {"active": GOOD, "expired": QUIET, "revoked": BAD}


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin[ApiKey]):
    """Whoever makes a key holds it: without a permission of its own, they give it no scope beyond theirs."""

    list_title = "API keys"
    list_display = (
        "name",
        "public_id",
        "state",
        "what_for",
        "networks",
        "expires_at",
        "last_used_at",
        "created_by",
    )
    list_select_related = ("organization",)
    list_filter = (RevokedFilter,)
    search_fields = ("name", "public_id__exact")
    search_help_text = "Part of the name, or a whole public id"
    change_form_template = "console/access/record.html"
    dialogs = KEY_DIALOGS

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> tuple[str, ...]:  # noqa: ARG002  the framework's signature
        if obj is None:
            return NewApiKeyForm.Meta.fields
        return (
            "name",
            "public_id",
            "state",
            "what_for",
            "networks",
            "expires_at",
            "last_used_at",
            "created_by",
            "created_at",
            "revoked_at",
            "rotated_from",
        )

    @admin.display
    def state(self, api_key: ApiKey) -> SafeString:
        state = api_key.state_at(timezone.now())
        return pill(state, _LOOKS[state])

    @admin.display(description="scopes")
    def what_for(self, api_key: ApiKey) -> SafeString:
        return pills(api_key.scopes)

    @admin.display(description="used from")
    def networks(self, api_key: ApiKey) -> str:
        return ", ".join(api_key.allowed_networks) or "everywhere"

    def get_form(self, request: HttpRequest, obj: ApiKey | None = None, *args: Any, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = NewApiKeyForm
        return super().get_form(request, obj, *args, **kwargs)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """The current organization alone. Where another is chosen meanwhile, the form is refused."""
        current = current_organization(request)
        if db_field.related_model is Organization:
            kwargs["queryset"] = list_organizations([] if current is None else [current.pk])
            kwargs["initial"] = current
            kwargs["empty_label"] = None
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return operator_of(request).has_perm(ADD_KEYS)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        record: ApiKey | None = context.get("original")
        if record is not None:
            events = list_events_of(
                organization_id=record.organization_id, subject_type="api_key", subject_id=record.pk
            )
            context["history"] = history(events.reverse()[:MOST_EVENTS])
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: ApiKey, form: NewApiKeyForm, change: bool) -> None:  # noqa: ARG002, FBT001  the framework's signature
        token = create_api_key(
            organization=obj.organization,
            name=obj.name,
            scopes=form.cleaned_data["scopes"],
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
