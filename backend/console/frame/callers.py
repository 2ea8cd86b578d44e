"""Who works in the console, and as whom a use case is called for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from access.caller import Caller
from access.environment import Environment
from access.roles import scopes_given_by
from access.scopes import EVERY_SCOPE, Scope
from core.actor import operator_actor
from core.log_context import note_about

if TYPE_CHECKING:
    from django.http import HttpRequest

    from access.models import Operator, Organization


def operator_of(request: HttpRequest) -> Operator:
    """The admin lets nobody through who is not signed in."""
    return cast("Operator", request.user)


def actor_of(request: HttpRequest) -> str:
    return operator_actor(operator_of(request).get_username())


def grantable_scopes(request: HttpRequest) -> frozenset[Scope]:
    """What the operator may let a key do: what they may, or everything by a permission of its own."""
    if operator_of(request).has_perm("access.grant_every_scope"):
        return EVERY_SCOPE
    return _scopes_of(request) & EVERY_SCOPE


def caller_for(request: HttpRequest, organization: Organization) -> Caller:
    """The operator at work on an object of this organization, which a page has let them see."""
    note_about(organization_id=organization.pk)
    return Caller(
        organization_id=organization.pk,
        environment=Environment(organization.environment),
        actor=actor_of(request),
        scopes=_scopes_of(request),
    )


def _scopes_of(request: HttpRequest) -> frozenset[Scope]:
    return scopes_given_by(operator_of(request).get_all_permissions())
