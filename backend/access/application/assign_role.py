from __future__ import annotations

from typing import TYPE_CHECKING

from access.application.operator_events import record_operator_event
from access.repositories import lock_operator, replace_groups, save_operator
from access.roles import Role, roles_in
from access.selectors import list_group_names_of, subject_of
from database.transactions import in_transaction

if TYPE_CHECKING:
    from access.keeper import Keeper
    from access.models import Operator


@in_transaction("assign_role")
def assign_role(*, keeper: Keeper, operator_id: int, role: Role) -> Operator:
    """Afterwards the operator may do what the role may, in the console and at the API, in place of others.

    Permissions by groups that are no roles stay. Doing it again changes nothing. Raises OperatorNotFound,
    PermissionMissing, OneselfRefused or BeyondKeeper.
    """
    operator = lock_operator(operator_id)
    keeper.ensure_keeps(subject_of(operator))
    keeper.ensure_may_give(role)
    before = [each.value for each in roles_in(list_group_names_of(operator))]
    if before == [role.value] and operator.is_staff:
        return operator
    operator.is_staff = True  # every role works in the console
    save_operator(operator, fields=["is_staff"])
    replace_groups(operator, out_of=list(Role), by=role.value)
    record_operator_event("RoleAssigned", operator, actor=keeper.actor, before=before, after=role.value)
    return operator
