"""The writers' door to what demo data needs and nothing else does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.models import Group

from access.environment import Environment
from access.models import Membership, Operator, Organization
from payouts.models import Payout

if TYPE_CHECKING:
    from collections.abc import Mapping


def is_any_organization_live() -> bool:
    return Organization.objects.filter(environment=Environment.LIVE.value).exists()


def is_key_taken(*, organization_id: int, idempotency_key: str) -> bool:
    return Payout.objects.filter(organization_id=organization_id, idempotency_key=idempotency_key).exists()


def count_payouts() -> int:
    """Of all organizations."""
    return Payout.objects.count()


def add_demo_operators(organization: Organization, roles: Mapping[str, str]) -> None:
    """Members of the organization without a password, in the groups of their roles.

    Who was there before is left as they are, whatever they may do.
    """
    groups = {group.name: group for group in Group.objects.filter(name__in=roles.values())}
    for username, role in roles.items():
        operator, is_new = Operator.objects.get_or_create(
            username=username,
            defaults={
                "first_name": username.split(".")[0].title(),
                "last_name": username.split(".")[1].title(),
                "email": f"{username}@demo.example",
                "is_staff": True,
            },
        )
        if is_new:
            operator.set_unusable_password()
            operator.save()
            Membership.objects.create(operator=operator, organization=organization)
            operator.groups.set([groups[role]] if role in groups else [])
