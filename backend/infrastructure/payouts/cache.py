"""The cached pages of the payout list, encrypted: they hold names and, for some callers, account numbers.

Every page's key holds its organization's version, which each change renews: old pages are never asked for
again and die by themselves. Without Redis the list is built from the database.
"""

from __future__ import annotations

import json
import secrets
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any, cast

import structlog
from django.core.cache import cache

from core.encryption import Keyring, Unreadable
from database.encryption import keyring
from infrastructure.metrics.measures import AWAY, HIT, LIST_CACHE, MISS, UNREADABLE
from infrastructure.redis_breaker import call_redis

if TYPE_CHECKING:
    from collections.abc import Callable

log = structlog.get_logger(__name__)

PAGE_LIFETIME_SECONDS = 60


def cached_page(
    *, organization_id: int, page_key: str, build: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """The page under this key, built when it is not cached in the list's present version.

    The version is read before the page is built: a change that comes in between makes a new version, under
    which this page is never looked for.
    """
    version = call_redis(lambda: _read_version(organization_id))
    if version is None:
        LIST_CACHE.labels(AWAY).inc()
        return build()
    key = f"payout-list:{organization_id}:{version}:{page_key}"
    found = call_redis(lambda: cache.get(key))
    page = _open(found, key)
    LIST_CACHE.labels(_result_of(found, page)).inc()
    if page is None:
        page = build()
        sealed = _seal(page, key)
        call_redis(lambda: cache.set(key, sealed, PAGE_LIFETIME_SECONDS))
    return page


def _result_of(found: str | None, page: dict[str, Any] | None) -> str:
    if found is None:
        return MISS
    return UNREADABLE if page is None else HIT


def _keyring() -> Keyring:
    # Pages are many: they do not use up what one key may encrypt of account numbers.
    return keyring().for_purpose("cached pages")


def _seal(page: dict[str, Any], key: str) -> str:
    return b64encode(_keyring().encrypt(json.dumps(page), place=key)).decode()


def _open(sealed: str | None, key: str) -> dict[str, Any] | None:
    """None when there is no page, or none that our keys can read."""
    if sealed is None:
        return None
    try:
        page: dict[str, Any] = json.loads(_keyring().decrypt(b64decode(sealed), place=key))
    except (Unreadable, ValueError, TypeError) as error:
        log.warning("cached_page_unreadable", error=str(error))
        return None
    return page


def renew_list_version(organization_id: int) -> None:
    """Make every cached page of the organization old. Raises RedisError or OSError when Redis is away.

    One command: a new word instead of a count, so that it need not be known what was there.
    """
    cache.set(_version_key(organization_id), _new_version(), timeout=None)


def bump_list_version(organization_id: int) -> None:
    """The same at best: a client that has just written reads its own write. The relay makes it sure."""
    call_redis(lambda: renew_list_version(organization_id))


def _read_version(organization_id: int) -> str:
    key = _version_key(organization_id)
    return cast("str", cache.get_or_set(key, _new_version, timeout=None))


def _version_key(organization_id: int) -> str:
    return f"payout-list-version:{organization_id}"


def _new_version() -> str:
    # Random, since no version may come back while pages of it are still around: neither one that Redis has
    # lost, nor that of another change in the same moment.
    return secrets.token_urlsafe(12)
