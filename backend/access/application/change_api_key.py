from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from access.application.api_key_events import record_api_key_event, terms_of
from access.application.api_key_terms import canonical_networks, ensure_future, ensure_living
from access.repositories import lock_api_key
from access.scopes import ensure_may_grant
from database.transactions import in_transaction

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from access.models import ApiKey
    from access.scopes import Scope


class ApiKeyChanges(TypedDict, total=False):
    """What is not named stays as it is."""

    name: str
    scopes: Collection[Scope]
    allowed_networks: Collection[str]
    expires_at: datetime | None


@in_transaction("change_api_key")
def change_api_key(
    *, public_id: str, changes: ApiKeyChanges, grantable: Collection[Scope], actor: str, now: datetime
) -> ApiKey:
    """Change a living key, from the next request on. A change that changes nothing is not told of.

    Raises ApiKeyNotFound, ApiKeyNotLiving, ScopeNotGranted, ExpiryInThePast and NetworkInvalid.
    """
    api_key = lock_api_key(public_id)
    ensure_living(api_key, now=now)
    before = terms_of(api_key)
    _apply(api_key, changes, grantable=grantable, now=now)
    after = terms_of(api_key)
    changed = sorted(name for name in after if after[name] != before[name])
    if changed:
        api_key.save(update_fields=changed)
        told = {"before": {n: before[n] for n in changed}, "after": {n: after[n] for n in changed}}
        record_api_key_event("ApiKeyChanged", api_key, actor=actor, **told)
    return api_key


def _apply(api_key: ApiKey, changes: ApiKeyChanges, *, grantable: Collection[Scope], now: datetime) -> None:
    if "name" in changes:
        api_key.name = changes["name"]
    if "scopes" in changes:
        added = [scope for scope in changes["scopes"] if scope.value not in api_key.scopes]
        ensure_may_grant(added, grantable)
        api_key.scopes = sorted(scope.value for scope in changes["scopes"])
    if "allowed_networks" in changes:
        api_key.allowed_networks = canonical_networks(changes["allowed_networks"])
    if "expires_at" in changes:
        ensure_future(changes["expires_at"], now=now)
        api_key.expires_at = changes["expires_at"]
