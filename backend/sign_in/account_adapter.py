"""Who may sign in with a password, and what is noted of it: what django-allauth asks us."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records

from sign_in.client_address import client_address
from sign_in.selectors import has_security_key, is_operator
from sign_in.tries import password_allowances, tries

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser
    from django.http import HttpRequest

    from access.models import Operator

log = structlog.get_logger(__name__)

_PASSWORD = "reauthenticate"  # noqa: S105  # nosec B105 # what the library calls it
_SECURITY_KEY = "mfa_reauthenticate:webauthn"


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": "The user name or the password is wrong.",  # nosec B105 # a sentence
        "too_many_login_attempts": "Too many wrong tries. Wait for a quarter of an hour, then try again.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  the library's signature
        """Administrators make operators, in the console."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def get_login_stages(self) -> list[str]:
        return ["allauth.mfa.stages.AuthenticateStage"]

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """Also when the password is asked for again. Raises ValidationError after too many wrong ones."""
        username, address = str(credentials["username"]), client_address(request)
        allowances = password_allowances(username=username, address=address)
        if not tries().take(allowances):
            log_failure(request, username=username, reason="too_many_tries")
            raise self.validation_error("too_many_login_attempts")
        operator: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if operator is None:
            log_failure(request, username=username, reason="password")
        else:
            tries().give_back(allowances)
        return operator

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        super().login(request, user)
        records = get_authentication_records(request, user)
        ways = [record.get("type", record["method"]) for record in records]
        log.info("signed_in", operator=user.get_username(), address=client_address(request), ways=ways)

    def logout(self, request: HttpRequest) -> None:
        log.info("signed_out", operator=request.user.get_username(), address=client_address(request))
        super().logout(request)

    def get_reauthentication_methods(self, user: AbstractBaseUser | AnonymousUser) -> list[dict[str, Any]]:
        """Factors are changed by who has one: a password alone is asked for only while there is none."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        by_factor = [method for method in methods if method["id"] != _PASSWORD]
        if by_factor and has_security_key(cast("Operator", user)):
            by_factor.sort(key=lambda method: method["id"] != _SECURITY_KEY)
        return by_factor or methods


def log_failure(request: HttpRequest, *, username: str, reason: str) -> None:
    """The name is kept if it is an operator's; what else people type there may be their password."""
    name = username if is_operator(username) else None
    log.warning("sign_in_failed", operator=name, address=client_address(request), reason=reason)
