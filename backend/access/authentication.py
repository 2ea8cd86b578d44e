"""Who is calling: an API key, or an operator with a session. `request.user` is a Caller either way."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import structlog
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from access.caller import Caller
from access.client_address import address_of
from access.environment import Environment
from access.key_check import RefusedKey, check_key
from access.roles import scopes_given_by
from access.scopes import scopes_named
from access.selectors import list_organizations_of
from core.actor import api_key_actor, operator_actor
from core.log_context import note_about

if TYPE_CHECKING:
    from rest_framework.request import Request

    from access.models import ApiKey, Operator, Organization

log = structlog.get_logger(__name__)

_BEARER = b"bearer"


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer pk_…`. The same answer for every key that is not a living one."""

    def authenticate(self, request: Request) -> tuple[Caller, ApiKey] | None:
        scheme, _, credentials = get_authorization_header(request).partition(b" ")
        if scheme.lower() != _BEARER:
            return None
        text = credentials.strip().decode("ascii", errors="replace")
        checked = check_key(text, address=address_of(request.META), now=timezone.now())
        if isinstance(checked, RefusedKey):
            log.warning("api_key_refused", public_id=checked.public_id, reason=checked.reason.value)
            raise AuthenticationFailed("The API key is not valid.")
        return _caller_with_key(checked), checked

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002  the framework's signature
        return 'Bearer realm="payouts"'


class OperatorSessionAuthentication(SessionAuthentication):
    """The console's session cookie, with CSRF protection for writes. Who has no role may do nothing.

    An operator of several organizations names one in `X-Organization-Id`.
    """

    def authenticate(self, request: Request) -> tuple[Caller, None] | None:
        signed_in = super().authenticate(request)
        if signed_in is None:
            return None
        operator = cast("Operator", signed_in[0])
        organization = _organization_asked_for(request, operator)
        return _caller_in_session(operator, organization), None


def _caller_with_key(api_key: ApiKey) -> Caller:
    note_about(organization_id=api_key.organization_id)
    return Caller(
        organization_id=api_key.organization_id,
        environment=Environment(api_key.organization.environment),
        actor=api_key_actor(api_key.public_id),
        scopes=scopes_named(api_key.scopes),
    )


def _organization_asked_for(request: Request, operator: Operator) -> Organization:
    mine = {str(organization.pk): organization for organization in list_organizations_of(operator)}
    wanted = request.headers.get("X-Organization-Id") or next(iter(mine), "")
    if wanted not in mine:
        raise AuthenticationFailed("You are not a member of this organization.")
    return mine[wanted]


def _caller_in_session(operator: Operator, organization: Organization) -> Caller:
    note_about(organization_id=organization.pk)
    return Caller(
        organization_id=organization.pk,
        environment=Environment(organization.environment),
        actor=operator_actor(operator.get_username()),
        scopes=scopes_given_by(operator.get_all_permissions()),
    )
