from __future__ import annotations

from typing import TYPE_CHECKING, cast

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView
from django.contrib import messages
from django.contrib.auth.password_validation import password_validators_help_texts
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, PasswordResetConfirmView
from django.http import HttpResponseRedirect
from django.urls import reverse_lazy
from django.utils import timezone

from sign_in.application.choose_password import LinkUsed, choose_password
from sign_in.application.use_code import use_code
from sign_in.second_factor import note_new_factor

if TYPE_CHECKING:
    from typing import Any

    from allauth.mfa.webauthn.forms import AddWebAuthnForm
    from django.contrib.auth.forms import SetPasswordForm
    from django.http import HttpResponse

    from access.models import Operator
    from sign_in.forms import AddAuthenticatorAppForm


class AddAuthenticatorAppView(ActivateTOTPView):
    def form_valid(self, form: AddAuthenticatorAppForm) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        # The code that was shown is used now, and nobody who saw it signs in with it.
        use_code(operator_id=self.request.user.pk, code=form.cleaned_data["code"], now=timezone.now())
        note_new_factor(self.request, kind=Authenticator.Type.TOTP.value)
        return answer


class AddSecurityKeyView(AddWebAuthnView):
    def form_valid(self, form: AddWebAuthnForm) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        note_new_factor(self.request, kind=Authenticator.Type.WEBAUTHN.value)
        return answer


class ChoosePasswordView(PasswordResetConfirmView):
    """Where the link leads that an administrator hands over. It signs nobody in: that has one door."""

    success_url = reverse_lazy("account_login")

    def get_user(self, uidb64: str) -> Operator | None:
        operator: Operator | None = super().get_user(uidb64)
        return operator if operator is not None and operator.is_active else None

    def get_context_data(self, **context: Any) -> dict[str, Any]:
        return super().get_context_data(password_rules=password_validators_help_texts(), **context)

    def form_valid(self, form: SetPasswordForm[Any]) -> HttpResponse:
        token = self.request.session[INTERNAL_RESET_SESSION_TOKEN]
        operator = cast("Operator", self.user)  # a form is shown to nobody else
        password = form.cleaned_data["new_password1"]
        try:
            choose_password(operator_id=operator.pk, token=token, password=password)
        except LinkUsed as refusal:
            form.add_error(None, refusal.detail)
            return self.form_invalid(form)
        del self.request.session[INTERNAL_RESET_SESSION_TOKEN]
        messages.success(self.request, "Your password is set. Sign in with it.")
        return HttpResponseRedirect(str(self.success_url))
