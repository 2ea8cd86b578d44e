"""The writers' door to the tables of access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from access.models import ApiKey, Membership, Operator, Organization
from core.exceptions import NotFound

if TYPE_CHECKING:
    from access.environment import Environment


class OrganizationNotFound(NotFound):
    code = "organization_not_found"
    title = "There is no such organization"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no organization named {name!r}.")


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


def get_or_add_organization(*, name: str, environment: Environment) -> Organization:
    return Organization.objects.get_or_create(name=name, defaults={"environment": environment.value})[0]


def add_api_key(api_key: ApiKey) -> ApiKey:
    api_key.save(force_insert=True)
    return api_key


def lock_api_key(public_id: str) -> ApiKey:
    """Raises ApiKeyNotFound."""
    try:
        return ApiKey.objects.select_for_update(no_key=True).get(public_id=public_id)
    except ApiKey.DoesNotExist:
        raise ApiKeyNotFound(public_id) from None


def get_or_add_operator(username: str) -> Operator:
    return Operator.objects.get_or_create(username=username)[0]


def add_membership(*, operator: Operator, organization: Organization) -> None:
    """Afterwards the operator works for the organization; adding it again changes nothing."""
    Membership.objects.get_or_create(operator=operator, organization=organization)


def save_operator(operator: Operator) -> None:
    operator.save()
