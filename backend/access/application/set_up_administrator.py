from __future__ import annotations

from typing import TYPE_CHECKING

from access.repositories import add_membership, get_or_add_operator, save_operator
from database.transactions import in_transaction

if TYPE_CHECKING:
    from access.models import Operator, Organization


@in_transaction("set_up_administrator")
def set_up_administrator(*, username: str, password: str, organization: Organization) -> Operator:
    """Afterwards the operator signs in with the password, may do all and works for the organization."""
    operator = get_or_add_operator(username)
    operator.is_staff = operator.is_superuser = True
    operator.set_password(password)
    save_operator(operator)
    add_membership(operator=operator, organization=organization)
    return operator
