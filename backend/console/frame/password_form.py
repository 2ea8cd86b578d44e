from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.contrib.admin.forms import AdminPasswordChangeForm
from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables


class PasswordForm(AdminPasswordChangeForm):
    """The old password is looked at as at the sign-in, where wrong tries count and are logged."""

    @sensitive_variables("old_password")
    def clean_old_password(self) -> str:
        old_password: str = self.cleaned_data["old_password"]
        if not get_adapter().reauthenticate(self.user, old_password):
            raise ValidationError(self.error_messages["password_incorrect"], code="password_incorrect")
        return old_password
