"""The cached pages of the payout list, encrypted: they hold names and, for some callers, account numbers.

With every page the version of its organization's list is kept, which each change renews: a page of an old
version is as good as none. Without Redis the list is built from the database.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, cast

import structlog

from core.encryption import Keyring, Unreadable
from database.encryption import keyring
from infrastructure.metrics.measures import AWAY, HIT, LIST_CACHE, MISS, UNREADABLE
from infrastructure.redis_breaker import call_redis
from infrastructure.redis_client import ask_redis, key_of

if TYPE_CHECKING:
    from collections.abc import Callable

log = structlog.get_logger(__name__)

PAGE_LIFETIME_SECONDS = 60


def cached_page(*, organization_id: int, page_key: str, build: Callable[[], str]) -> str:
    """The page under this key, built when it is not cached in the list's present version.

    The version is read before the page is built: a change that comes in between makes a new version, in
    which this page is never looked for.
    """
    name = key_of(f"payout-list:{organization_id}:{page_key}")
    found = call_redis(lambda: _read(organization_id, name))
    if found is None:
        LIST_CACHE.labels(AWAY).inc()
        return build()
    version, kept = found
    place = f"{name}:{version.decode()}"
    page = _open(kept, place)
    LIST_CACHE.labels(_result_of(kept, page)).inc()
    if page is None:
        page = build()
        sealed = version + _keyring().encrypt(page, place=place)
        call_redis(lambda: ask_redis("SET", name, sealed, "EX", PAGE_LIFETIME_SECONDS))
    return page


def _read(organization_id: int, name: str) -> tuple[bytes, bytes | None]:
    """The list's version, and what is kept of the page in this version: both at one moment."""
    version_key = _version_key(organization_id)
    found: Any = ask_redis("MGET", version_key, name)
    version, page = found
    if version is None:
        return _first_version(version_key), None
    is_present = page is not None and page.startswith(version)
    return version, page[len(version) :] if page is not None and is_present else None


def _first_version(version_key: str) -> bytes:
    """Whoever comes first sets it, and all others take that."""
    version = _new_version()
    ask_redis("SET", version_key, version, "NX")
    return cast("bytes | None", ask_redis("GET", version_key)) or version


def _result_of(found: bytes | None, page: str | None) -> str:
    if found is None:
        return MISS
    return UNREADABLE if page is None else HIT


def _keyring() -> Keyring:
    # Pages are many: they do not use up what one key may encrypt of account numbers.
    return keyring().for_purpose("cached pages")


def _open(sealed: bytes | None, place: str) -> str | None:
    """None when there is no page, or none that our keys can read."""
    if sealed is None:
        return None
    try:
        return _keyring().decrypt(sealed, place=place)
    except Unreadable as error:
        log.warning("cached_page_unreadable", error=str(error))
        return None


def renew_list_version(organization_id: int) -> None:
    """Make every cached page of the organization old. Raises RedisError or OSError when Redis is away.

    One command: a new word instead of a count, so that it need not be known what was there.
    """
    ask_redis("SET", _version_key(organization_id), _new_version())


def bump_list_version(organization_id: int) -> None:
    """The same at best: a client that has just written reads its own write. The relay makes it sure."""
    call_redis(lambda: renew_list_version(organization_id))


def _version_key(organization_id: int) -> str:
    return key_of(f"payout-list-version:{organization_id}")


def _new_version() -> bytes:
    # Random, since no version may come back while pages of it are still around: neither one that Redis has
    # lost, nor that of another change in the same moment. In quotes, as versions have always been kept.
    return f'"{secrets.token_urlsafe(12)}"'.encode()
