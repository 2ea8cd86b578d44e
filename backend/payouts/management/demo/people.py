"""Who works with the demo: keys that ask for payouts, and operators who look after them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from access.api_key_token import ApiKeyToken
from access.application.api_key_events import terms_of
from access.environment import Environment
from access.models import ApiKey
from access.scopes import Scope
from core.actor import operator_actor
from database.copying import copy_rows, number_rows
from events.recorder import NewEvent
from payouts.management.demo.told import told
from payouts.repositories.demo import add_demo_operators

if TYPE_CHECKING:
    from datetime import datetime

    from access.models import Organization

_PAYS = (Scope.PAYOUTS_CREATE, Scope.PAYOUTS_READ, Scope.RECIPIENTS_READ, Scope.RECIPIENTS_WRITE)
_LOOKS = (Scope.PAYOUTS_READ, Scope.EVENTS_READ)
_ADMINISTRATOR = "dana.okafor"
OPERATORS = {
    "aiko.tanaka": "Viewer",
    "olena.koval": "Operator",
    "martin.weiss": "Approver",
    _ADMINISTRATOR: "Administrator",
}
# Who asks for payouts, and how many of ten.
SOURCES = {"Marketplace": 6, "Courier app": 4}


def add_keys(organization: Organization, *, first: datetime, now: datetime) -> dict[str, ApiKey]:
    """By name, those that payouts were asked for with. Nobody has their secrets, not even this program."""
    a_year = timedelta(days=365)
    old = _key(organization, "Marketplace", _PAYS, first - a_year, revoked_at=first - timedelta(days=9))
    keys = [
        _key(organization, "Marketplace", _PAYS, first - timedelta(days=10), last_used_at=now),
        _key(organization, "Courier app", _PAYS, first - timedelta(days=80), last_used_at=now),
        _key(
            organization,
            "Back office",
            (*_LOOKS, Scope.RECIPIENTS_READ),
            first,
            last_used_at=now - timedelta(hours=3),
            allowed_networks=["10.20.0.0/16"],
            expires_at=now + timedelta(days=20),
        ),
        _key(organization, "Reporting", _LOOKS, now - timedelta(days=2)),
        _key(organization, "Pilot", _PAYS, first - a_year, expires_at=first - timedelta(days=30)),
    ]
    number_rows([old, *keys])
    keys[0].rotated_from = old
    copy_rows([old, *keys])
    copy_rows([told(_created(key), at=key.created_at) for key in [old, *keys]])
    return {key.name: key for key in keys if key.name in SOURCES}


def add_operators(organization: Organization) -> None:
    """One for each role. They have no password; who was there before is left as they are."""
    add_demo_operators(organization, OPERATORS)


def _key(
    organization: Organization, name: str, scopes: tuple[Scope, ...], made_at: datetime, **terms: object
) -> ApiKey:
    token = ApiKeyToken.generate(Environment(organization.environment))
    return ApiKey(
        organization=organization,
        name=name,
        public_id=token.public_id,
        secret_hash=token.keyed_hash(settings.API_KEY_HASH_KEY),
        scopes=sorted(scope.value for scope in scopes),
        created_by=operator_actor(_ADMINISTRATOR),
        created_at=made_at,
        **terms,
    )


def _created(key: ApiKey) -> NewEvent:
    data = {"public_id": key.public_id, **terms_of(key)}
    return NewEvent(key.organization_id, "ApiKeyCreated", "api_key", key.pk, key.created_by, data)
