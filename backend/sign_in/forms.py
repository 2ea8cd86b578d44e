"""What second factors are shown with. The library's forms, with our count of wrong tries and our codes."""

from __future__ import annotations

import json
from contextlib import suppress
from struct import error as StructError  # noqa: N812  the library's name says nothing
from typing import TYPE_CHECKING, Any, NoReturn, cast

import structlog
from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from core.encryption import Unreadable
from sign_in.account_adapter import log_failure
from sign_in.application.use_code import use_code
from sign_in.encryption import decrypt, encrypt
from sign_in.tries import second_factor_allowances, tries

if TYPE_CHECKING:
    from allauth.mfa.models import Authenticator

    from access.models import Operator

log = structlog.get_logger(__name__)

# The answer of a key has a few thousand, and is taken apart in a time that grows with the square of them.
_MOST_CHARACTERS = 32_768
# What JSON and the library end in for what is no answer of a key at all.
_NO_ANSWER = (
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    StructError,
    TypeError,
    ValueError,
)


class _CountedCode:
    """For forms with a `code` of the `user`."""

    user: Operator
    cleaned_data: dict[str, Any]

    def clean_code(self) -> str:
        code = "".join(self.cleaned_data["code"].split())
        allowances = second_factor_allowances(operator_id=self.user.pk)
        if not tries().take(allowances):
            log_failure(context.request, username=self.user.username, reason="too_many_tries")
            raise get_account_adapter().validation_error("too_many_login_attempts")
        self.authenticator = use_code(operator_id=self.user.pk, code=code, now=timezone.now())
        if self.authenticator is None:
            log_failure(context.request, username=self.user.username, reason="second_factor")
            raise get_adapter().validation_error("incorrect_code")
        tries().give_back(allowances)
        return code


class CodeForm(_CountedCode, AuthenticateForm):
    """To sign in with."""


class CodeAgainForm(_CountedCode, ReauthenticateForm):
    """Before a factor is changed."""


def _answer_field() -> forms.CharField:
    """Text: the library's field has no answer to JSON that is too deep, or to thousands of digits."""
    return forms.CharField(widget=forms.HiddenInput)


def _read_answer(text: str) -> dict[str, Any]:
    """Raises one of _NO_ANSWER, also for what PostgreSQL would not keep."""
    if len(text) > _MOST_CHARACTERS:
        raise ValueError("It is too long.")
    answer = json.loads(text)
    if not isinstance(answer, dict) or not answer:
        raise TypeError("It is no object, or an empty one.")
    if b"\\u0000" in json.dumps(answer, ensure_ascii=False, allow_nan=False).encode():
        raise ValueError("It has a NUL in it.")
    return answer


class SecurityKeyForm(AuthenticateWebAuthnForm):
    """Not counted: there is nothing to guess about a signature."""

    credential = _answer_field()

    def clean_credential(self) -> Authenticator:
        try:
            self.cleaned_data["credential"] = _read_answer(self.cleaned_data["credential"])
            return cast("Authenticator", super().clean_credential())
        except (ValidationError, *_NO_ANSWER) as error:
            log_failure(context.request, username=self.user.username, reason="second_factor")
            raise get_adapter().validation_error("incorrect_code") from error


class SecurityKeyAgainForm(SecurityKeyForm):
    reauthenticated = True


class AddSecurityKeyForm(AddWebAuthnForm):
    user: Operator
    credential = _answer_field()

    def clean_credential(self) -> Any:
        try:
            return _read_answer(self.cleaned_data["credential"])
        except _NO_ANSWER as error:
            self._refuse(error)

    def clean(self) -> dict[str, Any]:
        try:
            return cast("dict[str, Any]", super().clean())
        except (ValidationError, *_NO_ANSWER) as error:
            self._refuse(error)

    def _refuse(self, error: Exception) -> NoReturn:
        log.warning("security_key_refused", operator=self.user.username, reason=type(error).__name__)
        raise get_adapter().validation_error("incorrect_code") from error


class AddAuthenticatorAppForm(ActivateTOTPForm):
    """The new secret waits in the session, which is a row of the database: it is encrypted there too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        session = context.request.session
        if waiting := session.pop(SECRET_SESSION_KEY, None):
            # When its key is gone, another secret is shown in its place.
            with suppress(Unreadable):
                session[SECRET_SESSION_KEY] = decrypt(waiting)
        super().__init__(*args, **kwargs)
        session[SECRET_SESSION_KEY] = encrypt(self.secret)
