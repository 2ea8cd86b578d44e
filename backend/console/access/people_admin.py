"""People: who signs in, for whom they work, in which role, and whether they have a second factor.

Those of the organizations that one works for oneself; all of them for superusers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.models import Group
from django.template.response import TemplateResponse
from django.utils.html import format_html, format_html_join

from access.application.create_operator import create_operator
from access.models import Operator
from access.roles import ADD_PEOPLE, Role
from access.selectors import list_groups, list_people, subject_of
from console.access.across_organizations import AcrossOrganizationsAdmin
from console.access.history import MOST_EVENTS, history
from console.access.keepers import keeper_of
from console.access.password_link_page import show_password_link
from console.access.people_dialogs import PEOPLE_DIALOGS
from console.access.people_forms import NewOperatorForm
from console.access.pills import BAD, GOOD, WARN, pill
from console.frame.callers import operator_of
from console.frame.current_organization import organizations_of
from console.frame.filters import ActiveFilter, ChoiceFilter, YesNoFilter
from core.exceptions import Refusal
from events.selectors import list_events_about
from sign_in.selectors import with_second_factor

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.utils.safestring import SafeString

# Where a request keeps the link that it has made until its answer shows it.
_LINK = "payouts.password_link"


class SecondFactorFilter(YesNoFilter):
    title = "second factor"
    parameter_name = "second_factor"
    conditions = {"yes": {"has_second_factor": True}, "no": {"has_second_factor": False}}


class RoleFilter(ChoiceFilter):
    title = parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002  the framework's signature
        return [(role.value, role.value) for role in Role]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:  # noqa: ARG002  the framework's signature
        value = self.value()
        if value is None:
            return queryset
        if value not in set(Role):
            raise IncorrectLookupParameters
        return queryset.filter(groups__name=value)


@admin.register(Operator)
class OperatorAdmin(AcrossOrganizationsAdmin[Operator]):
    """An operator who leaves is deactivated. Name and row stay: the audit trail speaks of them."""

    list_title = "People"
    list_display = ("username", "email", "role", "works_for", "last_login", "second_factor", "state")
    list_filter = (ActiveFilter, RoleFilter, SecondFactorFilter)
    search_fields = ("username", "email")
    search_help_text = "Part of the name or of the e-mail address"
    ordering = ("username",)
    change_form_template = "console/access/person.html"
    dialogs = PEOPLE_DIALOGS

    def visible_to(self, request: HttpRequest) -> QuerySet[Operator]:
        is_everybody = operator_of(request).is_superuser
        mine = None if is_everybody else [organization.pk for organization in organizations_of(request)]
        return with_second_factor(list_people(mine))

    @admin.display
    def role(self, operator: Operator) -> str:
        names = ["Superuser"] if operator.is_superuser else []
        return ", ".join([*names, *(group.name for group in operator.groups.all())]) or "none"

    @admin.display(description="works for")
    def works_for(self, operator: Any) -> str:
        return ", ".join(organization.name for organization in operator.shown_organizations) or "nobody"

    @admin.display(description="second factor")
    def second_factor(self, operator: Any) -> SafeString:
        return pill("yes", GOOD) if operator.has_second_factor else pill("none", WARN)

    @admin.display
    def state(self, operator: Operator) -> SafeString:
        return pill("active", GOOD) if operator.is_active else pill("inactive", BAD)

    def get_fields(self, request: HttpRequest, obj: Operator | None = None) -> tuple[str, ...]:  # noqa: ARG002  the framework's signature
        return NewOperatorForm.Meta.fields if obj is None else (*self.list_display, "date_joined")

    def get_form(self, request: HttpRequest, obj: Operator | None = None, *args: Any, **kwargs: Any) -> Any:
        if obj is not None:
            return super().get_form(request, obj, *args, **kwargs)
        form = super().get_form(request, obj, *args, **kwargs | {"form": NewOperatorForm})
        form.organizations = organizations_of(request)  # type: ignore[attr-defined]  # made for this request
        return form

    def has_add_permission(self, request: HttpRequest) -> bool:
        return operator_of(request).has_perm(ADD_PEOPLE)

    def save_model(self, request: HttpRequest, obj: Operator, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001  the framework's signature
        link = create_operator(
            keeper=keeper_of(request),
            username=obj.username,
            email=obj.email,
            role=form.cleaned_data["role"],
            organization_ids=form.cleaned_data["works_for"],
        )
        obj.pk = link.operator.pk
        request.META[_LINK] = link

    def response_add(
        self,
        request: HttpRequest,
        obj: Operator,  # noqa: ARG002  the framework's signature
        post_url_continue: str | None = None,  # noqa: ARG002  the framework's signature
    ) -> HttpResponse:
        return show_password_link(request, self, request.META.pop(_LINK))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        record: Operator | None = context.get("original")
        if record is not None:
            theirs = [organization.pk for organization in organizations_of(request)]
            events = list_events_about(organization_ids=theirs, subject_type="operator", subject_id=record.pk)
            context["history"] = history(events.reverse()[:MOST_EVENTS])
        response = super().render_change_form(request, context, *args, **kwargs)
        if record is not None and isinstance(response, TemplateResponse):
            response.context_data = (response.context_data or {}) | _limits(request, record)
        return response


def _limits(request: HttpRequest, record: Operator) -> dict[str, Any]:
    """Nothing is offered to who may only look; they are told why."""
    try:
        keeper_of(request).ensure_keeps(subject_of(record))
    except Refusal as refusal:
        return {"offers": [], "why_not": refusal.detail}
    return {}


@admin.register(Group)
class OperatorGroupAdmin(AcrossOrganizationsAdmin[Group]):
    """What each role may do. The groups of the roles are what the code says, after each migration again."""

    list_display = ("name", "may")
    ordering = ("name",)
    fields = ("name", "may")

    def visible_to(self, request: HttpRequest) -> QuerySet[Group]:  # noqa: ARG002  the same for everybody
        return list_groups()

    @admin.display
    def may(self, group: Group) -> SafeString:
        names = sorted(
            f"{permission.content_type.app_label}.{permission.codename}"
            for permission in group.permissions.all()
        )
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", ((name,) for name in names)))
