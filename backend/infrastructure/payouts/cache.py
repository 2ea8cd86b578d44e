"""The cached pages of the payout list, encrypted: they hold names and, for some callers, account numbers.

Every page's key holds its organization's version, which each change raises: old pages are never asked for
again and die by themselves. Without Redis the list is built from the database.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from contextlib import suppress
from time import time_ns
from typing import TYPE_CHECKING, Any, cast

import structlog
from django.core.cache import cache

from core.encryption import Unreadable
from database.encryption import keyring
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
        return build()
    key = f"payout-list:{organization_id}:{version}:{page_key}"
    page = _open(call_redis(lambda: cache.get(key)), key)
    if page is None:
        page = build()
        sealed = _seal(page, key)
        call_redis(lambda: cache.set(key, sealed, PAGE_LIFETIME_SECONDS))
    return page


def _seal(page: dict[str, Any], key: str) -> str:
    return b64encode(keyring().encrypt(json.dumps(page), place=key)).decode()


def _open(sealed: str | None, key: str) -> dict[str, Any] | None:
    """None when there is no page, or none that our keys can read."""
    if sealed is None:
        return None
    try:
        page: dict[str, Any] = json.loads(keyring().decrypt(b64decode(sealed), place=key))
    except Unreadable as error:
        log.warning("cached_page_unreadable", error=str(error))
        return None
    return page


def raise_list_version(organization_id: int) -> None:
    """Make every cached page of the organization old. Raises RedisError or OSError when Redis is away."""
    key = _version_key(organization_id)
    if cache.add(key, _first_version(), timeout=None):
        return
    with suppress(ValueError):  # lost in between: whoever reads next begins a version of its own
        cache.incr(key)


def bump_list_version(organization_id: int) -> None:
    """The same at best: a client that has just written reads its own write. The relay makes it sure."""
    call_redis(lambda: raise_list_version(organization_id))


def _read_version(organization_id: int) -> int:
    key = _version_key(organization_id)
    return cast("int", cache.get_or_set(key, _first_version, timeout=None))


def _version_key(organization_id: int) -> str:
    return f"payout-list-version:{organization_id}"


def _first_version() -> int:
    # Of microseconds, since a version that Redis has lost must not come back with old pages still around.
    return time_ns() // 1_000
