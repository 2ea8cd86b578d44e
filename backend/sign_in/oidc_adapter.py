"""Sign-in through the company's own OpenID provider: for operators that there are, and nobody else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import structlog
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.shortcuts import render

from sign_in.client_address import client_address
from sign_in.selectors import has_account_at, list_operators_by_email

if TYPE_CHECKING:
    import requests
    from allauth.socialaccount.models import SocialLogin
    from django.http import HttpRequest, HttpResponse

    from access.models import Operator

log = structlog.get_logger(__name__)


class OidcAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002  the library's signature
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Ties the provider's account to the operator with its verified e-mail address, the first time.

        An operator has one: another account that comes with the same address is another person's, who was
        given it later, or that of somebody who has entered it there.
        """
        if sociallogin.state.get("process") != AuthProcess.LOGIN:
            refuse(request, "process")
        if sociallogin.is_existing:
            return
        operator = _operator_of(sociallogin)
        if operator is None:
            refuse(request, "no_operator")
        if has_account_at(operator, provider=sociallogin.account.provider):
            refuse(request, "already_tied")
        sociallogin.connect(request, operator)
        log.warning(
            "oidc_account_tied",
            operator=operator.username,
            address=client_address(request),
            subject=sociallogin.account.uid,
        )

    def on_authentication_error(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> None:
        refuse(request, "provider")

    def get_requests_session(self) -> requests.Session:
        """As all our calls: through no proxy of the environment, and not to where an answer leads."""
        session: requests.Session = super().get_requests_session()
        session.trust_env = False
        session.max_redirects = 0
        return session


def refused(request: HttpRequest, reason: str) -> HttpResponse:
    log.warning("sign_in_failed", operator=None, address=client_address(request), reason=f"oidc_{reason}")
    context = {"title": "Not signed in", "reason": reason}
    return render(request, "sign_in/refused.html", context, status=403)


def refuse(request: HttpRequest, reason: str) -> NoReturn:
    raise ImmediateHttpResponse(refused(request, reason))


def _operator_of(sociallogin: SocialLogin) -> Operator | None:
    """None when the provider has not verified the address, or when it is not exactly one operator's."""
    verified = [each.email for each in sociallogin.email_addresses if each.verified is True]
    operators = list_operators_by_email(verified[0]) if verified else []
    return operators[0] if len(operators) == 1 else None
