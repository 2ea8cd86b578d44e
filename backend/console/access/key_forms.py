from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime

from access.application.api_key_terms import NetworkInvalid, canonical_networks
from access.models import ApiKey, Organization
from access.scopes import EVERY_SCOPE, Scope
from console.frame.fields import RuledField
from payouts.api.fields import TextField

if TYPE_CHECKING:
    _ApiKeyForm = forms.ModelForm[ApiKey]
    _OrganizationForm = forms.ModelForm[Organization]
else:
    _ApiKeyForm = _OrganizationForm = forms.ModelForm

_NAME_MAX_LENGTH = 200

# How long a key that was rotated still works; None leaves it as it is.
_OVERLAPS: dict[str, timedelta | None] = {
    "a day": timedelta(days=1),
    "an hour": timedelta(hours=1),
    "a week": timedelta(days=7),
    "as before": None,
}


class OrganizationForm(_OrganizationForm):
    name = RuledField(rule=TextField(max_length=_NAME_MAX_LENGTH))

    class Meta:
        model = Organization
        fields = ("name", "environment")


class NewApiKeyForm(_ApiKeyForm):
    name = RuledField(rule=TextField(max_length=_NAME_MAX_LENGTH), help_text="What the key is for")
    scopes = forms.MultipleChoiceField(
        choices=[(scope, scope) for scope in sorted(scope.value for scope in EVERY_SCOPE)],
        widget=forms.CheckboxSelectMultiple,
    )

    expires_at = forms.SplitDateTimeField(
        required=False, widget=AdminSplitDateTime(), help_text="Empty: it works until it is revoked"
    )
    allowed_networks = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Such as 203.0.113.0/24 or 2001:db8::/32, one on each line. Empty: from everywhere",
    )

    class Meta:
        model = ApiKey
        fields = ("organization", "name", "scopes", "expires_at", "allowed_networks")

    def clean_allowed_networks(self) -> list[str]:
        try:
            return canonical_networks(self.cleaned_data["allowed_networks"].split())
        except NetworkInvalid as refusal:
            raise forms.ValidationError(refusal.detail) from refusal

    @property
    def chosen_scopes(self) -> frozenset[Scope]:
        return frozenset(Scope(scope) for scope in self.cleaned_data["scopes"])


class RotateForm(forms.Form):
    overlap = forms.ChoiceField(
        choices=[(words, words) for words in _OVERLAPS], label="The old key works for"
    )

    def clean_overlap(self) -> timedelta | None:
        return _OVERLAPS[self.cleaned_data["overlap"]]
