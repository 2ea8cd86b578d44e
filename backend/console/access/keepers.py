"""As whom an operator decides about people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from access.keeper import Keeper
from console.frame.callers import actor_of, operator_of
from console.frame.current_organization import organizations_of

if TYPE_CHECKING:
    from django.http import HttpRequest


def keeper_of(request: HttpRequest) -> Keeper:
    operator = operator_of(request)
    return Keeper(
        actor=actor_of(request),
        operator_id=operator.pk,
        is_unbound=operator.is_superuser,
        organization_ids=frozenset(organization.pk for organization in organizations_of(request)),
        permissions=frozenset(operator.get_all_permissions()),
    )
