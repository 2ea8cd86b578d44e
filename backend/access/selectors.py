"""Reads of the tables of access."""

from __future__ import annotations

from typing import TYPE_CHECKING

from access.models import ApiKey, Organization

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from access.models import Operator


def find_active_api_key(public_id: str) -> ApiKey | None:
    """The key with its organization, in one query; None when it is unknown or revoked."""
    return ApiKey.objects.select_related("organization").filter(public_id=public_id, revoked_at=None).first()


def list_api_keys(organization: Organization | None = None) -> QuerySet[ApiKey]:
    keys = ApiKey.objects.select_related("organization").order_by("organization_id", "id")
    return keys if organization is None else keys.filter(organization=organization)


def list_organizations_of(operator: Operator) -> list[Organization]:
    return list(Organization.objects.filter(membership__operator=operator).order_by("id"))
