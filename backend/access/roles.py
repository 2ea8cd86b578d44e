"""What people may do: four roles, each a group of permissions, and the scopes that permissions give.

Permissions are named as Django names them, with the application in front.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from access.scopes import Scope

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class Role(StrEnum):
    """The value is the name of the role's group."""

    VIEWER = "Viewer"
    OPERATOR = "Operator"
    APPROVER = "Approver"
    ADMINISTRATOR = "Administrator"


ADD_KEYS = "access.add_apikey"
CHANGE_KEYS = "access.change_apikey"
CHANGE_ORGANIZATIONS = "access.change_organization"
VIEW_PEOPLE = "access.view_operator"
ADD_PEOPLE = "access.add_operator"
CHANGE_PEOPLE = "access.change_operator"

_VIEWER = frozenset(
    {
        "access.view_apikey",
        "access.view_organization",
        "events.view_event",
        "events.view_pendingevent",
        "payouts.view_payout",
        "payouts.view_payoutattempt",
        "payouts.view_recipient",
        "payouts.view_settlement",
    }
)
_OPERATOR = _VIEWER | {
    "payouts.add_recipient",
    "payouts.change_payout",
    "payouts.change_recipient",
    "payouts.export_payout",
    "payouts.reveal_account_number",
}
_APPROVER = _VIEWER | {
    "payouts.approve_settlement",
    "payouts.export_payout",
    "payouts.reveal_account_number",
}
_ADMINISTRATOR = (
    _OPERATOR
    | _APPROVER
    | {
        ADD_KEYS,
        CHANGE_KEYS,
        CHANGE_ORGANIZATIONS,
        "access.grant_every_scope",
        "heartbeats.view_heartbeat",
        ADD_PEOPLE,
        CHANGE_PEOPLE,
        VIEW_PEOPLE,
        "auth.view_group",
    }
)

PERMISSIONS: Mapping[Role, frozenset[str]] = {
    Role.VIEWER: _VIEWER,
    Role.OPERATOR: _OPERATOR,
    Role.APPROVER: _APPROVER,
    Role.ADMINISTRATOR: _ADMINISTRATOR,
}

# No permission lets a person create payouts, which come from clients, or read every account number in full.
SCOPES: Mapping[str, Scope] = {
    "events.view_event": Scope.EVENTS_READ,
    "payouts.add_recipient": Scope.RECIPIENTS_WRITE,
    "payouts.approve_settlement": Scope.PAYOUTS_APPROVE,
    "payouts.change_payout": Scope.PAYOUTS_ADMIN,
    "payouts.change_recipient": Scope.RECIPIENTS_WRITE,
    "payouts.reveal_account_number": Scope.BANK_DETAILS_REVEAL,
    "payouts.view_payout": Scope.PAYOUTS_READ,
    "payouts.view_recipient": Scope.RECIPIENTS_READ,
}


def scopes_given_by(permissions: Collection[str]) -> frozenset[Scope]:
    return frozenset(scope for permission, scope in SCOPES.items() if permission in permissions)


def roles_in(groups: Collection[str]) -> tuple[Role, ...]:
    """The roles among the names of groups, in the order in which they are declared here."""
    return tuple(role for role in Role if role.value in groups)
