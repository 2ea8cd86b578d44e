"""The writers' door to the tables of access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import Group, Permission
from django.db.models import F, Q
from django.db.models.functions import Greatest

from access.models import ApiKey, Membership, Operator, Organization
from core.exceptions import NotFound

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from access.environment import Environment


class OrganizationNotFound(NotFound):
    code = "organization_not_found"
    title = "There is no such organization"

    def __init__(self, name: str | int) -> None:
        super().__init__(f"There is no organization named {name!r}.")


class OperatorNotFound(NotFound):
    code = "operator_not_found"
    title = "There is no such operator"

    def __init__(self, name: str | int) -> None:
        super().__init__(f"There is no operator named {name!r}.")


class ApiKeyNotFound(NotFound):
    code = "api_key_not_found"
    title = "There is no such API key"

    def __init__(self, public_id: str) -> None:
        super().__init__(f"There is no API key with the public id {public_id!r}.")


def get_organization(name: str) -> Organization:
    """Raises OrganizationNotFound."""
    try:
        return Organization.objects.get(name=name)
    except Organization.DoesNotExist:
        raise OrganizationNotFound(name) from None


def get_or_add_organization(*, name: str, environment: Environment) -> tuple[Organization, bool]:
    """The organization with this name, and whether it is a new one."""
    return Organization.objects.get_or_create(name=name, defaults={"environment": environment.value})


def lock_organization(organization_id: int) -> Organization:
    """Raises OrganizationNotFound."""
    try:
        return Organization.objects.select_for_update(no_key=True).get(pk=organization_id)
    except Organization.DoesNotExist:
        raise OrganizationNotFound(organization_id) from None


def is_organization_name_taken(name: str) -> bool:
    return Organization.objects.filter(name=name).exists()


def add_api_key(api_key: ApiKey) -> ApiKey:
    api_key.save(force_insert=True)
    return api_key


def lock_api_key(public_id: str) -> ApiKey:
    """Raises ApiKeyNotFound."""
    try:
        return ApiKey.objects.select_for_update(no_key=True).get(public_id=public_id)
    except ApiKey.DoesNotExist:
        raise ApiKeyNotFound(public_id) from None


def mark_api_keys_used(public_ids: Collection[str], *, used_at: datetime) -> int:
    """Move the last use forward where it was earlier, past keys that are locked; returns of how many."""
    earlier = Q(last_used_at=None) | Q(last_used_at__lt=used_at)
    due = ApiKey.objects.filter(earlier, public_id__in=public_ids, revoked_at=None)
    locked = due.select_for_update(no_key=True, skip_locked=True).values("pk")
    # Uses are known to the minute, and none was before there was a key.
    return ApiKey.objects.filter(pk__in=locked).update(last_used_at=Greatest(used_at, F("created_at")))


def get_or_add_operator(username: str) -> Operator:
    return Operator.objects.get_or_create(username=username)[0]


def get_operator(username: str) -> Operator:
    """Raises OperatorNotFound."""
    try:
        return Operator.objects.get(username=username)
    except Operator.DoesNotExist:
        raise OperatorNotFound(username) from None


def get_or_add_membership(*, operator: Operator, organization: Organization) -> tuple[Membership, bool]:
    """The membership of the operator in the organization, and whether it is a new one."""
    return Membership.objects.get_or_create(operator=operator, organization=organization)


def remove_membership(*, operator: Operator, organization: Organization) -> bool:
    """Afterwards the operator does not work for the organization; whether that is new."""
    return bool(Membership.objects.filter(operator=operator, organization=organization).delete()[0])


def save_operator(operator: Operator, *, fields: Collection[str] | None = None) -> None:
    operator.save(update_fields=fields)


def lock_operator(operator_id: int) -> Operator:
    """Raises OperatorNotFound."""
    try:
        return Operator.objects.select_for_update(no_key=True).get(pk=operator_id)
    except Operator.DoesNotExist:
        raise OperatorNotFound(operator_id) from None


def add_operator(operator: Operator) -> Operator | None:
    """None when there is one of this name already."""
    fields = {"email": operator.email, "password": operator.password, "is_staff": operator.is_staff}
    added, is_new = Operator.objects.get_or_create(username=operator.username, defaults=fields)
    return added if is_new else None


def is_email_taken(email: str, *, besides: Operator | None = None) -> bool:
    others = Operator.objects.filter(email__iexact=email)
    return (others if besides is None else others.exclude(pk=besides.pk)).exists()


def get_organizations(organization_ids: Collection[int]) -> list[Organization]:
    """In the order of their ids. Raises OrganizationNotFound."""
    found = list(Organization.objects.filter(pk__in=organization_ids).order_by("pk"))
    for missing in set(organization_ids) - {organization.pk for organization in found}:
        raise OrganizationNotFound(missing)
    return found


def replace_groups(operator: Operator, *, out_of: Collection[str], by: str) -> None:
    """Afterwards the operator is in this one of those groups, by their names; in others as before."""
    wanted = Group.objects.get(name=by)
    operator.groups.remove(*Group.objects.filter(name__in=out_of).exclude(pk=wanted.pk))
    operator.groups.add(wanted)


def set_permissions_of_groups(permissions: Mapping[str, Collection[str]]) -> None:
    """Afterwards there are groups of these names with these permissions and no others, as far as there are.

    A permission is named with its application in front.
    """
    Group.objects.bulk_create([Group(name=name) for name in permissions], ignore_conflicts=True)
    groups = Group.objects.select_for_update(no_key=True).filter(name__in=permissions).order_by("name")
    ids = {
        f"{label}.{codename}": pk
        for pk, label, codename in Permission.objects.values_list("pk", "content_type__app_label", "codename")
    }
    for group in groups.prefetch_related("permissions"):
        wanted = {ids[name] for name in permissions[group.name] if name in ids}
        if {permission.pk for permission in group.permissions.all()} != wanted:
            group.permissions.set(wanted)
