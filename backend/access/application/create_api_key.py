from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from access.api_key_token import ApiKeyToken
from access.application.api_key_events import record_api_key_event, terms_of
from access.application.api_key_terms import canonical_networks, ensure_future
from access.environment import Environment
from access.models import ApiKey
from access.repositories import add_api_key
from access.scopes import ensure_may_grant
from database.transactions import in_transaction

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from access.models import Organization
    from access.scopes import Scope


@in_transaction("create_api_key")
def create_api_key(
    *,
    organization: Organization,
    name: str,
    scopes: Collection[Scope],
    grantable: Collection[Scope],
    actor: str,
    now: datetime,
    expires_at: datetime | None = None,
    allowed_networks: Collection[str] = (),
) -> ApiKeyToken:
    """Make a key that works from now on. The returned token is the only place where its secret exists.

    `grantable` are the scopes that the actor may give away. Without networks it works from everywhere. Raises
    ScopeNotGranted, ExpiryInThePast and NetworkInvalid.
    """
    ensure_may_grant(scopes, grantable)
    ensure_future(expires_at, now=now)
    token = ApiKeyToken.generate(Environment(organization.environment))
    api_key = add_api_key(
        ApiKey(
            organization=organization,
            name=name,
            public_id=token.public_id,
            secret_hash=token.keyed_hash(settings.API_KEY_HASH_KEY),
            scopes=sorted(scope.value for scope in scopes),
            allowed_networks=canonical_networks(allowed_networks),
            expires_at=expires_at,
            created_by=actor,
        )
    )
    record_api_key_event("ApiKeyCreated", api_key, actor=actor, **terms_of(api_key))
    return token
