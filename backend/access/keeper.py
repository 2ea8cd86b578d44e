"""Who decides about people, and about whom: the rules, without a database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from access.roles import CHANGE_PEOPLE, PERMISSIONS
from core.actor import console_actor
from core.exceptions import Forbidden

if TYPE_CHECKING:
    from collections.abc import Collection

    from access.roles import Role


class PermissionMissing(Forbidden):
    code = "permission_missing"
    title = "You may not do this"

    def __init__(self, permission: str) -> None:
        super().__init__(f"This needs the permission {permission}.")


class OneselfRefused(Forbidden):
    code = "oneself_refused"
    title = "Nobody decides about themselves"

    def __init__(self) -> None:
        super().__init__("That is you: somebody else has to do this.")


class BeyondKeeper(Forbidden):
    code = "beyond_keeper"
    title = "This reaches further than you do"


@dataclass(frozen=True)
class Subject:
    """Whom it is about, as the database has them now."""

    operator_id: int
    is_superuser: bool
    organization_ids: frozenset[int]
    permissions: frozenset[str]


@dataclass(frozen=True)
class Keeper:
    """`is_unbound` is true of superusers and of the server's shell. `actor` is what the audit trail keeps."""

    actor: str
    operator_id: int | None
    is_unbound: bool
    organization_ids: frozenset[int]
    permissions: frozenset[str]

    def ensure_has(self, permission: str) -> None:
        """Raises PermissionMissing."""
        if not self.is_unbound and permission not in self.permissions:
            raise PermissionMissing(permission)

    def ensure_is_not(self, subject: Subject) -> None:
        """Raises OneselfRefused. Holds for superusers too: the last of them could lock everybody out."""
        if subject.operator_id == self.operator_id:
            raise OneselfRefused

    def ensure_keeps(self, subject: Subject) -> None:
        """Raises PermissionMissing, OneselfRefused or BeyondKeeper.

        Whoever sets somebody's password can be them; so nobody decides about who may do more, or works for
        an organization that is not theirs too. Who works for none is kept by superusers: otherwise everybody
        could take over the name of one who has left another company.
        """
        if self.is_unbound:
            return
        self.ensure_has(CHANGE_PEOPLE)
        self.ensure_is_not(subject)
        if subject.is_superuser or not subject.permissions <= self.permissions:
            raise BeyondKeeper("They may do more than you.")
        if not subject.organization_ids or not subject.organization_ids <= self.organization_ids:
            raise BeyondKeeper("They do not work for organizations of yours alone.")

    def ensure_may_give(self, role: Role) -> None:
        """Raises BeyondKeeper."""
        if not self.is_unbound and not PERMISSIONS[role] <= self.permissions:
            raise BeyondKeeper(f"The role {role.value} may do more than you.")

    def ensure_works_for(self, organization_ids: Collection[int]) -> None:
        """Raises BeyondKeeper."""
        if not self.is_unbound and not self.organization_ids.issuperset(organization_ids):
            raise BeyondKeeper("You do not work for one of these organizations yourself.")


def shell_keeper() -> Keeper:
    """Behind a management command: who has a shell on the server may do everything."""
    return Keeper(
        console_actor(), None, is_unbound=True, organization_ids=frozenset(), permissions=frozenset()
    )
