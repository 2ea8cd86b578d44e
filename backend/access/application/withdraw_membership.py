from __future__ import annotations

from typing import TYPE_CHECKING

from access.application.organization_events import record_organization_event
from access.repositories import remove_membership
from database.transactions import in_transaction

if TYPE_CHECKING:
    from access.models import Operator, Organization


@in_transaction("withdraw_membership")
def withdraw_membership(*, operator: Operator, organization: Organization, actor: str) -> None:
    """Afterwards the operator does not work for the organization. Doing it again changes nothing."""
    if remove_membership(operator=operator, organization=organization):
        record_organization_event(
            "MembershipWithdrawn", organization, actor=actor, operator=operator.get_username()
        )
