"""The writers' door to the tables of access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import F, Q
from django.db.models.functions import Greatest

from access.models import ApiKey, Membership, Operator, Organization
from core.exceptions import NotFound

if TYPE_CHECKING:
    from collections.abc import Collection
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

    def __init__(self, username: str) -> None:
        super().__init__(f"There is no operator named {username!r}.")


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


def save_operator(operator: Operator) -> None:
    operator.save()
