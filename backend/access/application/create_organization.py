from __future__ import annotations

from typing import TYPE_CHECKING

from access.application.organization_events import record_organization_event
from access.repositories import get_or_add_organization
from core.exceptions import Conflict
from database.transactions import in_transaction

if TYPE_CHECKING:
    from access.environment import Environment
    from access.models import Organization


class OrganizationExists(Conflict):
    code = "organization_exists"
    title = "The organization exists with another environment"

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} exists already, and its environment cannot be changed.")


@in_transaction("create_organization")
def create_organization(*, name: str, environment: Environment, actor: str) -> Organization:
    """The organization with this name, made when there is none. Raises OrganizationExists."""
    organization, is_new = get_or_add_organization(name=name, environment=environment)
    if organization.environment != environment.value:
        raise OrganizationExists(name)
    if is_new:
        record_organization_event(
            "OrganizationCreated", organization, actor=actor, name=name, environment=environment.value
        )
    return organization
