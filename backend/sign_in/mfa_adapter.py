from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings

from sign_in.encryption import decrypt, encrypt

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser


class MfaAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "That is not right, or it was used before."
    }

    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text)

    def _get_user_identifier(self, user: AbstractBaseUser) -> str:
        """What apps and keys show the account as: what the operator signs in with."""
        return user.get_username()

    def _get_site_name(self) -> str:
        return str(settings.MFA_TOTP_ISSUER)
