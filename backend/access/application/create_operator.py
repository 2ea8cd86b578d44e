from __future__ import annotations

from typing import TYPE_CHECKING

from access.application.grant_membership import grant_membership
from access.application.operator_events import record_operator_event
from access.application.operator_terms import EmailTaken, UsernameTaken, ensure_email, ensure_username
from access.application.password_link import password_link_for
from access.models import Operator
from access.repositories import add_operator, get_organizations, is_email_taken, replace_groups
from access.roles import ADD_PEOPLE, Role
from core.exceptions import FieldProblem, Invalid
from database.transactions import in_transaction

if TYPE_CHECKING:
    from collections.abc import Collection

    from access.application.password_link import PasswordLink
    from access.keeper import Keeper


class OrganizationNeeded(Invalid):
    code = "organization_needed"
    title = "An operator works for somebody"

    def __init__(self) -> None:
        detail = "Choose at least one organization."
        super().__init__(detail, problems=(FieldProblem("organizations", self.code, detail),))


@in_transaction("create_operator")
def create_operator(
    *, keeper: Keeper, username: str, email: str, role: Role, organization_ids: Collection[int]
) -> PasswordLink:
    """Make an operator who chooses a password by the link, and works for these organizations in this role.

    Raises PermissionMissing, BeyondKeeper, OrganizationNeeded, OrganizationNotFound, UsernameInvalid,
    UsernameTaken, EmailInvalid or EmailTaken.
    """
    keeper.ensure_has(ADD_PEOPLE)
    keeper.ensure_may_give(role)
    keeper.ensure_works_for(organization_ids)
    if not organization_ids:
        raise OrganizationNeeded
    operator = _add(username, email)
    replace_groups(operator, out_of=list(Role), by=role.value)
    for organization in get_organizations(organization_ids):
        grant_membership(operator=operator, organization=organization, actor=keeper.actor)
    record_operator_event("OperatorCreated", operator, actor=keeper.actor, role=role.value)
    return password_link_for(operator)


def _add(username: str, email: str) -> Operator:
    ensure_username(username)
    ensure_email(email)
    if email and is_email_taken(email):
        raise EmailTaken
    operator = Operator(username=username, email=email, is_staff=True)
    operator.set_unusable_password()
    added = add_operator(operator)
    if added is None:
        raise UsernameTaken(username)
    return added
