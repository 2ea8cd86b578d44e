"""What second factors are shown with. The library's forms, with our count of wrong tries and our codes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm
from django.core.exceptions import ValidationError
from django.utils import timezone

from sign_in.account_adapter import log_failure
from sign_in.application.use_code import use_code
from sign_in.encryption import decrypt, encrypt
from sign_in.tries import second_factor_allowances, tries

if TYPE_CHECKING:
    from allauth.mfa.models import Authenticator

    from access.models import Operator


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


class SecurityKeyForm(AuthenticateWebAuthnForm):
    """Not counted: there is nothing to guess about a signature."""

    def clean_credential(self) -> Authenticator:
        try:
            return cast("Authenticator", super().clean_credential())
        except (ValidationError, AttributeError, KeyError) as error:
            # The last two for what is no answer of a key at all, which the library does not expect.
            log_failure(context.request, username=self.user.username, reason="second_factor")
            raise get_adapter().validation_error("incorrect_code") from error


class SecurityKeyAgainForm(SecurityKeyForm):
    reauthenticated = True


class AddSecurityKeyForm(AddWebAuthnForm):
    def clean_credential(self) -> dict[str, Any]:
        # Kept as it came, and PostgreSQL keeps no NUL.
        if "\\u0000" in self.data["credential"]:
            raise get_adapter().validation_error("incorrect_code")
        return cast("dict[str, Any]", self.cleaned_data["credential"])

    def clean(self) -> dict[str, Any]:
        try:
            return cast("dict[str, Any]", super().clean())
        except (AttributeError, KeyError) as error:
            raise get_adapter().validation_error("incorrect_code") from error


class AddAuthenticatorAppForm(ActivateTOTPForm):
    """The new secret waits in the session, which is a row of the database: it is encrypted there too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        session = context.request.session
        if waiting := session.get(SECRET_SESSION_KEY):
            session[SECRET_SESSION_KEY] = decrypt(waiting)
        super().__init__(*args, **kwargs)
        session[SECRET_SESSION_KEY] = encrypt(self.secret)
