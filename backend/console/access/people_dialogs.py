"""What can be done with an operator. Who may is asked again by each use case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.urls import reverse

from access.application.assign_organizations import assign_organizations
from access.application.assign_role import assign_role
from access.application.change_email import change_email
from access.application.deactivate_operator import deactivate_operator
from access.application.reactivate_operator import reactivate_operator
from access.application.reset_password import reset_password
from access.models import Operator
from access.roles import CHANGE_PEOPLE, roles_in
from access.selectors import list_group_names_of, list_organization_ids_of
from console.access.keepers import keeper_of
from console.access.password_link_page import show_password_link
from console.access.people_forms import EmailForm, OrganizationsForm, RoleForm, choices_of
from console.frame.current_organization import organizations_of
from console.frame.dialogs import Dialog
from sign_in.application.remove_second_factors import remove_second_factors

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from access.application.password_link import PasswordLink


class _PeopleDialog(Dialog[Operator]):
    permission = CHANGE_PEOPLE


class ChangeRole(_PeopleDialog):
    name, title, button = "role", "Change the role", "Give this role"
    explanation = "From the next request on. What each role may do is on the page of its group."
    form_class = RoleForm

    def make_form(self, record: Operator | None, data: Any = None) -> forms.Form:
        roles = [] if record is None else roles_in(list_group_names_of(record))
        return self.form_class(data, initial={"role": roles[0].value} if roles else None)

    def act(self, request: HttpRequest, record: Operator, entered: dict[str, Any]) -> str:
        role = entered["role"]
        assign_role(keeper=keeper_of(request), operator_id=record.pk, role=role)
        return f"{record} is {role.value} now."


class ChangeOrganizations(_PeopleDialog):
    name, title, button = "organizations", "Change the organizations", "Save"
    explanation = "Who works for none of yours any more is seen by superusers alone."
    form_class = OrganizationsForm

    def make_form(self, record: Operator | None, data: Any = None) -> forms.Form:
        ids = [] if record is None else list_organization_ids_of(record)
        form = self.form_class(data, initial={"works_for": [str(each) for each in ids]})
        form.fields["works_for"].choices = choices_of(organizations_of(self.request))  # type: ignore[attr-defined]
        return form

    def act(self, request: HttpRequest, record: Operator, entered: dict[str, Any]) -> str:
        assign_organizations(
            keeper=keeper_of(request), operator_id=record.pk, organization_ids=entered["works_for"]
        )
        return f"The organizations of {record} are changed."

    def address_after(self, record: Operator) -> str:  # noqa: ARG002  whose page may not be theirs to see any more
        return reverse("admin:access_operator_changelist")


class ChangeEmail(_PeopleDialog):
    name, title, button = "email", "Change the e-mail address", "Save"
    form_class = EmailForm

    def make_form(self, record: Operator | None, data: Any = None) -> forms.Form:
        return self.form_class(data, initial=None if record is None else {"email": record.email})

    def act(self, request: HttpRequest, record: Operator, entered: dict[str, Any]) -> str:
        change_email(keeper=keeper_of(request), operator_id=record.pk, email=entered["email"])
        return f"The address of {record} is changed."


class ResetPassword(_PeopleDialog):
    name, title, button = "password", "New password", "Make the link"
    explanation = (
        "Ends the present password and every session. You get a link, by which they choose a new one."
    )
    form_class = forms.Form
    is_dangerous = True

    link: PasswordLink

    def is_offered(self, record: Operator) -> bool:
        return record.is_active

    def act(self, request: HttpRequest, record: Operator, entered: dict[str, Any]) -> str:  # noqa: ARG002  nothing is asked
        self.link = reset_password(keeper=keeper_of(request), operator_id=record.pk)
        return f"{record} has no password."

    def answer_done(self, request: HttpRequest, record: Operator, done: str) -> HttpResponse:  # noqa: ARG002  the page says it
        return show_password_link(request, self.admin, self.link)


class RemoveSecondFactors(_PeopleDialog):
    name, title, button = "factors", "Remove second factors", "Remove them"
    explanation = (
        "For who has lost telephone, key and codes, and was asked who they are: not by e-mail, which may be "
        "somebody else's."
    )
    form_class = forms.Form
    is_dangerous = True

    def is_offered(self, record: Any) -> bool:
        return bool(record.has_second_factor)

    def act(self, request: HttpRequest, record: Operator, entered: dict[str, Any]) -> str:  # noqa: ARG002  nothing is asked
        remove_second_factors(keeper=keeper_of(request), username=record.username)
        return f"{record} has no second factor any more."


class Deactivate(_PeopleDialog):
    name, title, button = "deactivate", "Deactivate", "Deactivate"
    explanation = "They are out with their next request. Their name stays in the audit trail."
    form_class = forms.Form
    is_dangerous = True
    is_for_many = True

    def is_offered(self, record: Operator) -> bool:
        return record.is_active

    def act(self, request: HttpRequest, record: Operator, entered: dict[str, Any]) -> str:  # noqa: ARG002  nothing is asked
        deactivate_operator(keeper=keeper_of(request), operator_id=record.pk)
        return f"{record} is deactivated."


class Reactivate(_PeopleDialog):
    name, title, button = "reactivate", "Reactivate", "Reactivate"
    explanation = "They sign in as before, in the same role."
    form_class = forms.Form

    def is_offered(self, record: Operator) -> bool:
        return not record.is_active

    def act(self, request: HttpRequest, record: Operator, entered: dict[str, Any]) -> str:  # noqa: ARG002  nothing is asked
        reactivate_operator(keeper=keeper_of(request), operator_id=record.pk)
        return f"{record} is active again."


PEOPLE_DIALOGS = (
    ChangeRole,
    ChangeOrganizations,
    ChangeEmail,
    ResetPassword,
    RemoveSecondFactors,
    Deactivate,
    Reactivate,
)
