"""What an API key may be allowed to do."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    PAYOUTS_READ = "payouts:read"
    PAYOUTS_CREATE = "payouts:create"
    PAYOUTS_ADMIN = "payouts:admin"
    RECIPIENTS_READ = "recipients:read"
    RECIPIENTS_WRITE = "recipients:write"
    BANK_DETAILS_READ = "bank_details:read"
    EVENTS_READ = "events:read"


EVERY_SCOPE = frozenset(Scope)

# A signed-in member of staff works on payouts; account numbers stay masked, new payouts come from clients.
STAFF_SCOPES = frozenset(
    {
        Scope.PAYOUTS_READ,
        Scope.PAYOUTS_ADMIN,
        Scope.RECIPIENTS_READ,
        Scope.RECIPIENTS_WRITE,
        Scope.EVENTS_READ,
    }
)
MEMBER_SCOPES = frozenset({Scope.PAYOUTS_READ, Scope.RECIPIENTS_READ, Scope.EVENTS_READ})
