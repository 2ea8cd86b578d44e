"""What can be done with an API key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone

from access.application.revoke_api_key import revoke_api_key
from access.application.rotate_api_key import rotate_api_key
from access.models import ApiKey
from console.access.key_forms import RotateForm
from console.access.new_key_page import show_new_key
from console.frame.callers import actor_of, grantable_scopes
from console.frame.dialogs import Dialog

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from access.api_key_token import ApiKeyToken


class _LivingKeyDialog(Dialog[ApiKey]):
    permission = "access.change_apikey"

    def is_offered(self, record: ApiKey) -> bool:
        return record.is_living_at(timezone.now())


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
    permission = "access.add_apikey"
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


KEY_DIALOGS = (Rotate, Revoke)
