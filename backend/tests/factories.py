"""Small functions that make what a test needs, with the fixed cast: Acme pays John, Globex is somebody else."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from access.application.create_api_key import create_api_key
from access.application.create_organization import create_organization
from access.caller import Caller
from access.environment import Environment
from access.scopes import EVERY_SCOPE, Scope
from core.money import Money
from payouts.application.create_payout import PayoutRequest, create_payout
from payouts.application.create_recipient import create_recipient
from payouts.application.payout_events import payout_event
from payouts.domain.events import PayoutEvent
from payouts.domain.recipient import RecipientDetails, RecipientType
from payouts.rails import default_rail, get_rail
from payouts.repositories.payouts import add_payout_unless_key_is_taken

if TYPE_CHECKING:
    from collections.abc import Collection

    from access.api_key_token import ApiKeyToken
    from access.models import Organization
    from payouts.models import Payout, Recipient

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
A_MINUTE = timedelta(minutes=1)

_numbers = itertools.count(1)


def make_organization(name: str = "Acme", environment: Environment = Environment.TEST) -> Organization:
    return create_organization(name=name, environment=environment, actor="test")


def make_caller(organization: Organization, scopes: Collection[Scope] = EVERY_SCOPE) -> Caller:
    return Caller(
        organization_id=organization.pk,
        environment=Environment(organization.environment),
        actor="api-key:test",
        scopes=frozenset(scopes),
    )


def make_key(organization: Organization, scopes: Collection[Scope] = EVERY_SCOPE, **terms: Any) -> str:
    """The whole key, as a client sends it."""
    return make_token(organization, scopes, **terms).reveal()


def make_token(
    organization: Organization, scopes: Collection[Scope] = EVERY_SCOPE, **terms: Any
) -> ApiKeyToken:
    wanted: dict[str, Any] = {"name": "test", "actor": "test", "grantable": EVERY_SCOPE} | terms
    now = wanted.pop("now", None) or timezone.now()
    return create_api_key(organization=organization, scopes=scopes, now=now, **wanted)


def make_recipient(organization: Organization, **details: Any) -> Recipient:
    wanted: dict[str, Any] = {
        "type": RecipientType.INDIVIDUAL,
        "name": "John Doe",
        "account_number": "UA1234567890",
        "bank_code": "MFO123",
        "country": "UA",
    } | details
    return create_recipient(caller=make_caller(organization), details=RecipientDetails(**wanted))


def add_payout(payout: Payout) -> bool:
    """Store a payout as it is, by the door that new ones come in; False when its key is taken."""
    created = payout_event(payout, PayoutEvent.CREATED, actor="test")
    return add_payout_unless_key_is_taken(payout, created)


def make_request(recipient: Recipient, **changes: Any) -> PayoutRequest:
    wanted: dict[str, Any] = {
        "recipient_id": recipient.pk,
        "money": Money(10_050, "USD"),
        "idempotency_key": f"test-key-{next(_numbers):06}",
        "metadata": {},
    } | changes
    return PayoutRequest(**wanted)


def make_payout(recipient: Recipient, *, rail: str | None = None, **changes: Any) -> Payout:
    """A NEW payout to the recipient, of their organization, ready to be sent."""
    caller = make_caller(recipient.organization)
    chosen = get_rail(rail) if rail else default_rail(caller.environment)
    return create_payout(caller=caller, request=make_request(recipient, **changes), rail=chosen).payout
