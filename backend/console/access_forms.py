from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms

from access.models import ApiKey, Organization
from access.scopes import Scope
from console.fields import RuledField
from payouts.api.fields import TextField

if TYPE_CHECKING:
    _ApiKeyForm = forms.ModelForm[ApiKey]
    _OrganizationForm = forms.ModelForm[Organization]
else:
    _ApiKeyForm = _OrganizationForm = forms.ModelForm

_NAME_MAX_LENGTH = 200


class OrganizationForm(_OrganizationForm):
    name = RuledField(rule=TextField(), max_length=_NAME_MAX_LENGTH)

    class Meta:
        model = Organization
        fields = ("name", "environment")


class NewApiKeyForm(_ApiKeyForm):
    name = RuledField(rule=TextField(), max_length=_NAME_MAX_LENGTH, help_text="What the key is for")
    scopes = forms.MultipleChoiceField(
        choices=[(scope.value, scope.value) for scope in Scope], widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = ApiKey
        fields = ("organization", "name", "scopes")

    @property
    def chosen_scopes(self) -> frozenset[Scope]:
        return frozenset(Scope(scope) for scope in self.cleaned_data["scopes"])
