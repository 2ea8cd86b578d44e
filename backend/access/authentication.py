"""Who is calling: an API key, or an operator with a session. `request.user` is a Caller either way."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, cast

from django.conf import settings
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from access.api_key_token import ApiKeyToken
from access.caller import Caller
from access.environment import Environment
from access.scopes import MEMBER_SCOPES, STAFF_SCOPES, Scope
from access.selectors import find_active_api_key, list_organizations_of
from core.actor import api_key_actor, operator_actor

if TYPE_CHECKING:
    from rest_framework.request import Request

    from access.models import ApiKey, Operator, Organization

_BEARER = b"bearer"


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer pk_…`. The same answer for every key that is not a living one."""

    def authenticate(self, request: Request) -> tuple[Caller, ApiKey] | None:
        scheme, _, credentials = get_authorization_header(request).partition(b" ")
        if scheme.lower() != _BEARER:
            return None
        api_key = _living_api_key(credentials.strip().decode("ascii", errors="replace"))
        if api_key is None:
            raise AuthenticationFailed("The API key is not valid.")
        return _caller_with_key(api_key), api_key

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002  the framework's signature
        return 'Bearer realm="payouts"'


class OperatorSessionAuthentication(SessionAuthentication):
    """The console's session cookie, with CSRF protection for writes.

    An operator of several organizations names one in `X-Organization-Id`.
    """

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        signed_in = super().authenticate(request)
        if signed_in is None:
            return None
        operator = cast("Operator", signed_in[0])
        organization = _organization_asked_for(request, operator)
        return _caller_in_session(operator, organization), None


def _living_api_key(text: str) -> ApiKey | None:
    token = ApiKeyToken.parse(text)
    if token is None:
        return None
    api_key = find_active_api_key(token.public_id)
    expected = api_key.secret_hash if api_key else ""
    # Compared even when there is no such key, so that the time taken tells nothing.
    is_genuine = hmac.compare_digest(token.keyed_hash(settings.API_KEY_HASH_KEY), expected)
    return api_key if is_genuine else None


def _caller_with_key(api_key: ApiKey) -> Caller:
    return Caller(
        organization_id=api_key.organization_id,
        environment=Environment(api_key.organization.environment),
        actor=api_key_actor(api_key.public_id),
        scopes=frozenset(Scope(scope) for scope in api_key.scopes),
    )


def _organization_asked_for(request: Request, operator: Operator) -> Organization:
    mine = {str(organization.pk): organization for organization in list_organizations_of(operator)}
    wanted = request.headers.get("X-Organization-Id") or next(iter(mine), "")
    if wanted not in mine:
        raise AuthenticationFailed("You are not a member of this organization.")
    return mine[wanted]


def _caller_in_session(operator: Operator, organization: Organization) -> Caller:
    return Caller(
        organization_id=organization.pk,
        environment=Environment(organization.environment),
        actor=operator_actor(operator.get_username()),
        scopes=STAFF_SCOPES if operator.is_staff else MEMBER_SCOPES,
    )
