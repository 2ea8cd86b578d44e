from __future__ import annotations

from typing import TYPE_CHECKING

from access.application.grant_membership import grant_membership
from access.repositories import get_or_add_operator, save_operator
from database.transactions import in_transaction

if TYPE_CHECKING:
    from access.models import Operator, Organization


@in_transaction("set_up_administrator")
def set_up_administrator(*, username: str, password: str, organization: Organization, actor: str) -> Operator:
    """Afterwards the operator signs in with the password, may do all and works for the organization."""
    operator = get_or_add_operator(username)
    operator.is_staff = operator.is_superuser = True
    operator.set_password(password)
    save_operator(operator)
    grant_membership(operator=operator, organization=organization, actor=actor)
    return operator
