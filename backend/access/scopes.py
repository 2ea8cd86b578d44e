"""What a caller may be allowed to do: an API key, or a person."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from core.exceptions import Forbidden

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


class Scope(StrEnum):
    PAYOUTS_READ = "payouts:read"
    PAYOUTS_CREATE = "payouts:create"
    PAYOUTS_ADMIN = "payouts:admin"
    RECIPIENTS_READ = "recipients:read"
    RECIPIENTS_WRITE = "recipients:write"
    BANK_DETAILS_READ = "bank_details:read"
    EVENTS_READ = "events:read"
    PAYOUTS_APPROVE = "payouts:approve"
    """To say the second word on what another person has settled."""
    BANK_DETAILS_REVEAL = "bank_details:reveal"
    """To see one account number at a time, which the event log tells."""


_BY_NAME = {scope.value: scope for scope in Scope}


def scopes_named(names: Iterable[str]) -> frozenset[Scope]:
    return frozenset(map(_BY_NAME.__getitem__, names))


# What only a person does: no key is given these.
PERSON_SCOPES = frozenset({Scope.PAYOUTS_APPROVE, Scope.BANK_DETAILS_REVEAL})
EVERY_SCOPE = frozenset(Scope) - PERSON_SCOPES


class ScopeNotGranted(Forbidden):
    code = "scope_not_granted"
    title = "A key cannot be given this scope by you"

    def __init__(self, scopes: Collection[Scope]) -> None:
        names = ", ".join(sorted(scope.value for scope in scopes))
        super().__init__(f"You may not give a key what you may not do yourself: {names}.")


def ensure_may_grant(scopes: Collection[Scope], grantable: Collection[Scope]) -> None:
    """Raises ScopeNotGranted: whoever makes a key holds it, and may do with it all that it may."""
    if beyond := set(scopes) - set(grantable):
        raise ScopeNotGranted(beyond)
