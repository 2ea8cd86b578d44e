"""Who decides about people in tests, and about whom."""

from __future__ import annotations

from access.application.assign_role import assign_role
from access.keeper import Keeper, shell_keeper
from access.models import Operator, Organization
from access.repositories import get_or_add_membership
from access.roles import Role
from access.selectors import list_organization_ids_of
from events.models import Event


def make_person(username: str, *organizations: Organization, role: Role | None = Role.VIEWER) -> Operator:
    operator = Operator.objects.create_user(username, password="correct horse")
    for organization in organizations:
        get_or_add_membership(operator=operator, organization=organization)
    if role is not None:
        assign_role(keeper=shell_keeper(), operator_id=operator.pk, role=role)
    return Operator.objects.get(pk=operator.pk)


def keeper_for(operator: Operator) -> Keeper:
    return Keeper(
        actor=f"operator:{operator.username}",
        operator_id=operator.pk,
        is_unbound=operator.is_superuser,
        organization_ids=frozenset(list_organization_ids_of(operator)),
        permissions=frozenset(operator.get_all_permissions()),
    )


def told_of(operator: Operator) -> list[tuple[int, str, str]]:
    """What each organization is told of the operator: its id, the event's type and the actor."""
    events = Event.objects.filter(subject_type="operator", subject_id=operator.pk)
    return list(events.order_by("id").values_list("organization_id", "type", "actor"))
