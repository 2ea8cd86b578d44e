from __future__ import annotations

from access.repositories import set_permissions_of_groups
from access.roles import PERMISSIONS
from database.transactions import in_transaction


@in_transaction("keep_roles")
def keep_roles() -> None:
    """Afterwards the group of each role may do what its role may, whatever was done to it by hand.

    Other groups stay as they are. A permission that a later migration makes is added after that.
    """
    set_permissions_of_groups({role.value: permissions for role, permissions in PERMISSIONS.items()})
