"""What can be done with an API key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone

from access.application.change_api_key import change_api_key
from access.application.revoke_api_key import revoke_api_key
from access.application.rotate_api_key import rotate_api_key
from access.models import ApiKey
from access.roles import ADD_KEYS, CHANGE_KEYS
from console.access.key_forms import ChangeApiKeyForm, RotateForm, terms_to_change
from console.access.new_key_page import show_new_key
from console.frame.callers import actor_of, grantable_scopes
from console.frame.dialogs import Dialog

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from access.api_key_token import ApiKeyToken


class _LivingKeyDialog(Dialog[ApiKey]):
    permission = CHANGE_KEYS

    def is_offered(self, record: ApiKey) -> bool:
        return record.is_living_at(timezone.now())


class Change(_LivingKeyDialog):
    name, title, button = "terms", "Change", "Change the key"
    explanation = "From the next request on. A scope that you do not have yourself can be taken away only."
    form_class = ChangeApiKeyForm

    def make_form(self, record: ApiKey | None, data: Any = None) -> forms.Form:
        return self.form_class(data, initial=None if record is None else terms_to_change(record))

    def act(self, request: HttpRequest, record: ApiKey, entered: dict[str, Any]) -> str:
        change_api_key(
            public_id=record.public_id,
            changes=entered["changes"],
            grantable=grantable_scopes(request),
            actor=actor_of(request),
            now=timezone.now(),
        )
        return f"{record} is changed."


class Revoke(_LivingKeyDialog):
    name, title, button = "revoke", "Revoke", "Revoke the key"
    explanation = "No request is let in with it from now on. It cannot be undone."
    form_class = forms.Form
    is_dangerous = True
    is_for_many = True

    def act(self, request: HttpRequest, record: ApiKey, entered: dict[str, Any]) -> str:  # noqa: ARG002  nothing is asked
        revoke_api_key(public_id=record.public_id, actor=actor_of(request), now=timezone.now())
        return f"{record} is revoked."


class Rotate(_LivingKeyDialog):
    """Whoever rotates a key holds the new one: it takes the right to make keys."""

    name, title, button = "rotate", "Rotate", "Make the new key"
    explanation = "A new key takes over with the same scopes and networks. Both work until the old one ends."
    permission = ADD_KEYS
    form_class = RotateForm

    token: ApiKeyToken

    def act(self, request: HttpRequest, record: ApiKey, entered: dict[str, Any]) -> str:
        self.token = rotate_api_key(
            public_id=record.public_id,
            grantable=grantable_scopes(request),
            overlap=entered["overlap"],
            actor=actor_of(request),
            now=timezone.now(),
        )
        return f"{record} is rotated."

    def answer_done(self, request: HttpRequest, record: ApiKey, done: str) -> HttpResponse:  # noqa: ARG002  it ends
        return show_new_key(request, self.admin, self.token, title=done)


KEY_DIALOGS = (Change, Rotate, Revoke)
