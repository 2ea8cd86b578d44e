from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView
from django.utils import timezone

from sign_in.application.use_code import use_code
from sign_in.second_factor import note_new_factor

if TYPE_CHECKING:
    from allauth.mfa.webauthn.forms import AddWebAuthnForm
    from django.http import HttpResponse

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
