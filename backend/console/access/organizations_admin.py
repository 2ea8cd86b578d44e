"""Organizations: which there are, what they are called and who works for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin

from access.application.create_organization import create_organization
from access.application.rename_organization import rename_organization
from access.environment import Environment
from access.models import Organization
from access.roles import CHANGE_ORGANIZATIONS, VIEW_PEOPLE
from access.selectors import list_organizations, list_people
from console.access.across_organizations import AcrossOrganizationsAdmin
from console.access.history import MOST_EVENTS, history
from console.access.pills import GOOD, WARN, pill
from console.frame.callers import actor_of, operator_of
from console.frame.current_organization import current_organization, organizations_of, work_for
from console.frame.dialogs import Dialog
from console.frame.fields import RuledField
from events.selectors import list_events_of
from payouts.api.fields import TextField
from sign_in.selectors import with_second_factor

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.utils.safestring import SafeString

    _OrganizationForm = forms.ModelForm[Organization]
else:
    _OrganizationForm = forms.ModelForm

_NAME_MAX_LENGTH = 200


def _name_field() -> RuledField:
    return RuledField(rule=TextField(max_length=_NAME_MAX_LENGTH))


class NewOrganizationForm(_OrganizationForm):
    name = _name_field()

    class Meta:
        model = Organization
        fields = ("name", "environment")


class RenameForm(forms.Form):
    name = _name_field()


class Rename(Dialog[Organization]):
    name, title, button = "rename", "Rename", "Rename the organization"
    permission = CHANGE_ORGANIZATIONS
    form_class = RenameForm

    def make_form(self, record: Organization | None, data: Any = None) -> forms.Form:
        return self.form_class(data, initial=None if record is None else {"name": record.name})

    def act(self, request: HttpRequest, record: Organization, entered: dict[str, Any]) -> str:
        name = entered["name"]
        rename_organization(organization_id=record.pk, name=name, actor=actor_of(request))
        return f"{record.name} is {name} now."


@admin.register(Organization)
class OrganizationAdmin(AcrossOrganizationsAdmin[Organization]):
    """Only a superuser makes one: anybody else would not see it afterwards."""

    list_display = ("name", "which_environment", "created_at")
    search_fields = ("name",)
    ordering = ("name",)
    change_form_template = "console/access/organization.html"
    dialogs = (Rename,)

    def visible_to(self, request: HttpRequest) -> QuerySet[Organization]:
        return list_organizations([organization.pk for organization in organizations_of(request)])

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Organization | None:
        """Whose page is looked at is the current one: the ribbon speaks of it."""
        organization = super().get_object(request, object_id, from_field)
        if organization is not None and organization != current_organization(request):
            work_for(request, organization.pk)
        return organization

    @admin.display(description="environment")
    def which_environment(self, organization: Organization) -> SafeString:
        is_live = organization.environment == Environment.LIVE.value
        return pill(organization.environment, GOOD if is_live else WARN)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return operator_of(request).is_superuser

    def get_fields(self, request: HttpRequest, obj: Organization | None = None) -> tuple[str, ...]:  # noqa: ARG002  the framework's signature
        return ("name", "environment") if obj is None else ("name", "which_environment", "created_at")

    def get_form(
        self, request: HttpRequest, obj: Organization | None = None, *args: Any, **kwargs: Any
    ) -> Any:
        if obj is None:
            kwargs["form"] = NewOrganizationForm
        return super().get_form(request, obj, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Organization, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001  the framework's signature
        environment = Environment(obj.environment)
        obj.pk = create_organization(name=obj.name, environment=environment, actor=actor_of(request)).pk

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Who works for it, and who of them lacks a second factor, is for those who look after people."""
        record: Organization | None = context.get("original")
        if record is not None:
            events = list_events_of(
                organization_id=record.pk, subject_type="organization", subject_id=record.pk
            )
            context["history"] = history(events.reverse()[:MOST_EVENTS])
            if operator_of(request).has_perm(VIEW_PEOPLE):
                context["people"] = with_second_factor(list_people([record.pk]))
        return super().render_change_form(request, context, *args, **kwargs)
