"""Reads of the tables of access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import Group, Permission
from django.db.models import Exists, OuterRef, Prefetch, Q

from access.keeper import Subject
from access.models import ApiKey, Membership, Operator, Organization
from database.compiled import CompiledQuery

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from django.db.models import QuerySet


def find_api_key(public_id: str) -> ApiKey | None:
    """The key, living or not, with its organization, in one query; None when it is unknown."""
    return _API_KEY.first(public_id=public_id)


_API_KEY = CompiledQuery(
    lambda public_id: ApiKey.objects.select_related("organization").filter(public_id=public_id), "public_id"
)


def find_standing_successor(api_key: ApiKey) -> ApiKey | None:
    """The key that took over from this one and has not been revoked."""
    return ApiKey.objects.filter(rotated_from=api_key, revoked_at=None).first()


def find_latest_successor(api_key: ApiKey) -> ApiKey | None:
    """The key that took over from this one last, revoked or not."""
    return ApiKey.objects.filter(rotated_from=api_key).order_by("-id").first()


def list_api_keys(organization: Organization | None = None) -> QuerySet[ApiKey]:
    keys = ApiKey.objects.select_related("organization", "rotated_from").order_by("organization_id", "id")
    return keys if organization is None else keys.filter(organization=organization)


def list_organizations_of(operator: Operator) -> list[Organization]:
    return list(Organization.objects.filter(membership__operator=operator).order_by("id"))


def list_visible_organizations(operator: Operator) -> list[Organization]:
    """Those whose records the operator may look at: a superuser sees them all. By name."""
    visible = Organization.objects.order_by("name")
    return list(visible if operator.is_superuser else visible.filter(membership__operator=operator))


def list_public_ids_of_living(now: datetime) -> list[str]:
    living = ApiKey.objects.filter(revoked_at=None).exclude(expires_at__lte=now)
    return list(living.order_by("pk").values_list("public_id", flat=True))


def list_organization_ids_of(operator: Operator) -> list[int]:
    memberships = Membership.objects.filter(operator=operator)
    return list(memberships.order_by("organization_id").values_list("organization_id", flat=True))


def list_group_names_of(operator: Operator) -> list[str]:
    return list(operator.groups.order_by("name").values_list("name", flat=True))


def subject_of(operator: Operator) -> Subject:
    """With the permissions that an inactive operator would have again: they come back with them."""
    theirs = Permission.objects.filter(Q(group__user=operator) | Q(user=operator))
    names = theirs.order_by().distinct().values_list("content_type__app_label", "codename")
    return Subject(
        operator_id=operator.pk,
        is_superuser=operator.is_superuser,
        organization_ids=frozenset(list_organization_ids_of(operator)),
        permissions=frozenset(f"{label}.{codename}" for label, codename in names),
    )


def list_people(organization_ids: Collection[int] | None) -> QuerySet[Operator]:
    """Who works for one of these organizations, or everybody; with their groups.

    `shown_organizations` are those of these that they work for: of others nothing is told.
    """
    shown = Organization.objects.order_by("name")
    people = Operator.objects.order_by("username")
    if organization_ids is not None:
        shown = shown.filter(pk__in=organization_ids)
        theirs = Membership.objects.filter(operator=OuterRef("pk"), organization__in=organization_ids)
        people = people.filter(Exists(theirs))
    return people.prefetch_related(
        "groups", Prefetch("organizations", queryset=shown, to_attr="shown_organizations")
    )


def list_groups() -> QuerySet[Group]:
    return Group.objects.order_by("name").prefetch_related("permissions__content_type")


def list_organizations(organization_ids: Collection[int]) -> QuerySet[Organization]:
    return Organization.objects.filter(pk__in=organization_ids).order_by("name")
