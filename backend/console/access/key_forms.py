from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django import forms

from access.application.api_key_terms import NetworkInvalid, canonical_networks
from access.application.change_api_key import ApiKeyChanges
from access.models import ApiKey
from access.scopes import EVERY_SCOPE, Scope
from console.frame.fields import RuledField
from payouts.api.fields import TextField

if TYPE_CHECKING:
    _ApiKeyForm = forms.ModelForm[ApiKey]
else:
    _ApiKeyForm = forms.ModelForm

_NAME_MAX_LENGTH = 200

# How long a key that was rotated still works; None leaves it as it is.
_OVERLAPS: dict[str, timedelta | None] = {
    "a day": timedelta(days=1),
    "an hour": timedelta(hours=1),
    "a week": timedelta(days=7),
    "as before": None,
}


class _NetworksField(forms.CharField):
    def __init__(self) -> None:
        super().__init__(
            label="Used from",
            required=False,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text="Such as 203.0.113.0/24 or 2001:db8::/32, one on each line. Empty: from everywhere",
        )

    def clean(self, value: Any) -> list[str]:
        try:
            return canonical_networks(super().clean(value).split())
        except NetworkInvalid as refusal:
            raise forms.ValidationError(refusal.detail) from refusal


def _name_field() -> RuledField:
    return RuledField(rule=TextField(max_length=_NAME_MAX_LENGTH), help_text="What the key is for")


def _scopes_field() -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(
        choices=[(scope, scope) for scope in sorted(scope.value for scope in EVERY_SCOPE)],
        coerce=Scope,
        widget=forms.CheckboxSelectMultiple,
    )


def _expiry_field() -> forms.DateTimeField:
    return forms.DateTimeField(
        label="Expires",
        required=False,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M:%S", attrs={"type": "datetime-local", "step": "1"}),
        help_text="In UTC. Empty: it works until it is revoked",
    )


class NewApiKeyForm(_ApiKeyForm):
    name = _name_field()
    scopes = _scopes_field()
    expires_at = _expiry_field()
    allowed_networks = _NetworksField()

    class Meta:
        model = ApiKey
        fields = ("organization", "name", "scopes", "expires_at", "allowed_networks")


class ChangeApiKeyForm(forms.Form):
    """Afterwards `cleaned_data` has the `changes` alone: what was left as it was is not written again."""

    name = _name_field()
    scopes = _scopes_field()
    expires_at = _expiry_field()
    allowed_networks = _NetworksField()

    def clean(self) -> dict[str, Any]:
        entered = super().clean() or {}
        changes = {name: value for name, value in entered.items() if name in self.changed_data}
        return {"changes": ApiKeyChanges(**changes)}  # type: ignore[typeddict-item]  # the fields above


def terms_to_change(api_key: ApiKey) -> dict[str, Any]:
    """What the form shows at first."""
    return {
        "name": api_key.name,
        "scopes": api_key.scopes,
        "expires_at": api_key.expires_at,
        "allowed_networks": "\n".join(api_key.allowed_networks),
    }


class RotateForm(forms.Form):
    overlap = forms.ChoiceField(
        choices=[(words, words) for words in _OVERLAPS], label="The old key works for"
    )

    def clean_overlap(self) -> timedelta | None:
        return _OVERLAPS[self.cleaned_data["overlap"]]
