from __future__ import annotations

from typing import TYPE_CHECKING

from access.application.organization_events import record_organization_event
from access.repositories import is_organization_name_taken, lock_organization
from core.exceptions import Conflict
from database.transactions import in_transaction

if TYPE_CHECKING:
    from access.models import Organization


class OrganizationNameTaken(Conflict):
    code = "organization_name_taken"
    title = "Another organization has this name"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is the name of another organization.")


@in_transaction("rename_organization")
def rename_organization(*, organization_id: int, name: str, actor: str) -> Organization:
    """Afterwards the organization has this name. Raises OrganizationNotFound and OrganizationNameTaken."""
    organization = lock_organization(organization_id)
    before = organization.name
    if before != name:
        if is_organization_name_taken(name):
            raise OrganizationNameTaken(name)
        organization.name = name
        organization.save(update_fields=["name"])
        record_organization_event("OrganizationRenamed", organization, actor=actor, before=before, after=name)
    return organization
