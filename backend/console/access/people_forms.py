from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from access.application.operator_terms import EmailInvalid, UsernameInvalid, ensure_email, ensure_username
from access.models import Operator
from access.roles import Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from access.models import Organization

    _OperatorForm = forms.ModelForm[Operator]
else:
    _OperatorForm = forms.ModelForm

_ROLES = [(role.value, role.value) for role in Role]


def _role_field() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(choices=_ROLES, coerce=Role, widget=forms.RadioSelect)


class _EmailField(forms.CharField):
    def __init__(self) -> None:
        super().__init__(
            label="E-mail address",
            required=False,
            widget=forms.EmailInput,
            help_text="Whose account at your company's OpenID provider signs in as this operator",
        )

    def clean(self, value: Any) -> str:
        email = super().clean(value)
        try:
            ensure_email(email)
        except EmailInvalid as refusal:
            raise forms.ValidationError(refusal.detail) from refusal
        return str(email)


def choices_of(organizations: Iterable[Organization]) -> list[tuple[str, str]]:
    return [(str(organization.pk), str(organization)) for organization in organizations]


def _organizations_field(*, required: bool) -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(
        label="Works for", coerce=int, required=required, widget=forms.CheckboxSelectMultiple
    )


class NewOperatorForm(_OperatorForm):
    """`organizations` are those that are offered; the page sets them."""

    organizations: Iterable[Organization] = ()

    email = _EmailField()
    role = _role_field()
    works_for = _organizations_field(required=True)

    class Meta:
        model = Operator
        fields = ("username", "email", "role", "works_for")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["works_for"].choices = choices_of(self.organizations)  # type: ignore[attr-defined]
        self.fields["username"].help_text = "It stands in the audit trail, and is never changed"

    def clean_username(self) -> str:
        username = str(self.cleaned_data["username"])
        try:
            ensure_username(username)
        except UsernameInvalid as refusal:
            raise forms.ValidationError(refusal.detail) from refusal
        return username


class RoleForm(forms.Form):
    role = _role_field()


class EmailForm(forms.Form):
    email = _EmailField()


class OrganizationsForm(forms.Form):
    works_for = _organizations_field(required=False)
