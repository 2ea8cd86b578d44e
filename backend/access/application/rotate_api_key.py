from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings

from access.api_key_token import ApiKeyToken
from access.application.api_key_events import record_api_key_event, terms_of
from access.application.api_key_terms import ensure_future, ensure_living
from access.environment import Environment
from access.models import ApiKey
from access.repositories import add_api_key, lock_api_key
from access.scopes import Scope, ensure_may_grant
from access.selectors import find_latest_successor, find_standing_successor
from core.exceptions import Conflict
from database.transactions import in_transaction

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

DEFAULT_OVERLAP = timedelta(hours=24)


class TwoKeysLive(Conflict):
    code = "two_keys_live"
    title = "There are two keys of this line already"

    def __init__(self, other: ApiKey) -> None:
        super().__init__(f"Beside this key there is {other.public_id} already: revoke one of them first.")


@in_transaction("rotate_api_key")
def rotate_api_key(
    *,
    public_id: str,
    grantable: Collection[Scope],
    overlap: timedelta | None,
    actor: str,
    now: datetime,
    expires_at: datetime | None = None,
) -> ApiKeyToken:
    """Make a key that takes over with the same name, scopes and networks; both work during the overlap.

    An overlap of None leaves the old key as it is. A new key lives as long as the old one was made to,
    unless `expires_at` says otherwise. Raises ApiKeyNotFound, ApiKeyNotLiving, TwoKeysLive, ScopeNotGranted
    (the actor holds the new key, and may do all that it may) and ExpiryInThePast.
    """
    old = lock_api_key(public_id)
    _ensure_turn(old, now)
    ensure_may_grant([Scope(scope) for scope in old.scopes], grantable)
    expires_at = expires_at or _as_long_as(old, now)
    ensure_future(expires_at, now=now)
    token = ApiKeyToken.generate(Environment(old.organization.environment))
    new = add_api_key(_successor(old, token, actor=actor, expires_at=expires_at))
    if overlap is not None:
        old.expires_at = min(now + overlap, old.expires_at or now + overlap)
        old.save(update_fields=["expires_at"])
    record_api_key_event("ApiKeyCreated", new, actor=actor, **terms_of(new), rotated_from=old.public_id)
    until = old.expires_at and old.expires_at.isoformat()
    record_api_key_event("ApiKeyRotated", old, actor=actor, successor=new.public_id, expires_at=until)
    return token


def _ensure_turn(old: ApiKey, now: datetime) -> None:
    """At most two keys of a line live, and those that have ended stay ended: it is enough to look around."""
    ensure_living(old, now=now)
    if old.rotated_from is not None and old.rotated_from.is_living_at(now):
        raise TwoKeysLive(old.rotated_from)
    if successor := find_standing_successor(old):
        raise TwoKeysLive(successor)


def _as_long_as(old: ApiKey, now: datetime) -> datetime | None:
    # A key that was rotated before ends with the overlap of then; the key that it was rotated to, and that
    # has been revoked since, tells what was meant.
    meant = find_latest_successor(old) or old
    return None if meant.expires_at is None else now + (meant.expires_at - meant.created_at)


def _successor(old: ApiKey, token: ApiKeyToken, *, actor: str, expires_at: datetime | None) -> ApiKey:
    return ApiKey(
        organization=old.organization,
        name=old.name,
        public_id=token.public_id,
        secret_hash=token.keyed_hash(settings.API_KEY_HASH_KEY),
        scopes=old.scopes,
        allowed_networks=old.allowed_networks,
        expires_at=expires_at,
        created_by=actor,
        rotated_from=old,
    )
