"""The caller of a use case: for whom, by whom, and with which rights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from access.scopes import EVERY_SCOPE, Scope
from core.actor import console_actor
from core.exceptions import Forbidden

if TYPE_CHECKING:
    from access.environment import Environment


class ScopeMissing(Forbidden):
    code = "scope_missing"
    title = "The caller may not do this"

    def __init__(self, scope: Scope) -> None:
        super().__init__(f"This needs the scope {scope.value}.")


@dataclass(frozen=True)
class Caller:
    """`actor` is what the audit trail keeps; every object the caller sees belongs to `organization_id`."""

    organization_id: int
    environment: Environment
    actor: str
    scopes: frozenset[Scope]

    # Django and DRF ask this of whatever stands in `request.user`.
    is_authenticated = True

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes

    def ensure_may(self, scope: Scope) -> None:
        """Raises ScopeMissing."""
        if not self.may(scope):
            raise ScopeMissing(scope)

    @property
    def sees_bank_details(self) -> bool:
        return self.may(Scope.BANK_DETAILS_READ)


def shell_caller(*, organization_id: int, environment: Environment) -> Caller:
    """The caller behind a management command: who has a shell on the server may do everything."""
    return Caller(organization_id, environment, console_actor(), EVERY_SCOPE)
