from __future__ import annotations

from typing import TYPE_CHECKING

from access.application.organization_events import record_organization_event
from access.repositories import get_or_add_membership
from database.transactions import in_transaction

if TYPE_CHECKING:
    from access.models import Membership, Operator, Organization


@in_transaction("grant_membership")
def grant_membership(*, operator: Operator, organization: Organization, actor: str) -> Membership:
    """Afterwards the operator works for the organization. Granting it again changes nothing."""
    membership, is_new = get_or_add_membership(operator=operator, organization=organization)
    if is_new:
        record_organization_event(
            "MembershipGranted", organization, actor=actor, operator=operator.get_username()
        )
    return membership
