from __future__ import annotations

from typing import TYPE_CHECKING

from access.application.grant_membership import grant_membership
from access.application.withdraw_membership import withdraw_membership
from access.repositories import get_organizations, lock_operator
from access.selectors import subject_of
from database.transactions import in_transaction

if TYPE_CHECKING:
    from collections.abc import Collection

    from access.keeper import Keeper


@in_transaction("assign_organizations")
def assign_organizations(*, keeper: Keeper, operator_id: int, organization_ids: Collection[int]) -> None:
    """Afterwards the operator works for these organizations and no others. Each change is told to its own.

    Raises OperatorNotFound, OrganizationNotFound, PermissionMissing, OneselfRefused or BeyondKeeper.
    """
    operator = lock_operator(operator_id)
    subject = subject_of(operator)
    keeper.ensure_keeps(subject)
    keeper.ensure_works_for(organization_ids)
    wanted = frozenset(organization_ids)
    for organization in get_organizations(wanted - subject.organization_ids):
        grant_membership(operator=operator, organization=organization, actor=keeper.actor)
    for organization in get_organizations(subject.organization_ids - wanted):
        withdraw_membership(operator=operator, organization=organization, actor=keeper.actor)
