"""Whether the text that a client brings is a living key.

However wrong it is, the same is done: one look-up, and for each hash key one hash and one comparison in
constant time. Only the log tells why a key was refused.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.conf import settings

from access.api_key_token import ApiKeyToken
from access.environment import Environment
from access.selectors import find_api_key
from core.networks import is_within, read_network

if TYPE_CHECKING:
    from datetime import datetime

    from access.models import ApiKey
    from core.networks import Address

# What is looked up and hashed for a text that has not the form of a key.
_NOBODYS = ApiKeyToken(Environment.TEST, "0" * 12, "0" * 43)
_NO_HASH = "-" * 64


class Reason(StrEnum):
    UNKNOWN = "unknown"
    WRONG_SECRET = "wrong_secret"  # noqa: S105  # nosec B105 # a reason
    WRONG_ENVIRONMENT = "wrong_environment"
    REVOKED = "revoked"
    EXPIRED = "expired"
    WRONG_NETWORK = "wrong_network"


@dataclass(frozen=True)
class RefusedKey:
    """`public_id` is empty for a text without the form of a key: nobody knows what it is."""

    public_id: str
    reason: Reason


def check_key(text: str, *, address: Address | None, now: datetime) -> ApiKey | RefusedKey:
    """The living key that this is, with its organization, used from where it may be."""
    read = ApiKeyToken.parse(text)
    token = read or _NOBODYS
    api_key = find_api_key(token.public_id)
    stored = api_key.secret_hash if api_key else _NO_HASH
    is_genuine = _is_genuine(token, stored)
    if read is None:
        return RefusedKey("", Reason.UNKNOWN)
    if api_key is None or not is_genuine:
        reason = Reason.UNKNOWN if api_key is None else Reason.WRONG_SECRET
        return RefusedKey(token.public_id, reason)
    refused = _why_not(api_key, token.environment, address, now)
    return api_key if refused is None else RefusedKey(token.public_id, refused)


def _is_genuine(token: ApiKeyToken, stored: str) -> bool:
    """Under the hash key of today, or one of those before it. All are tried, whichever it is."""
    hash_keys = (settings.API_KEY_HASH_KEY, *settings.API_KEY_HASH_KEY_FALLBACKS)
    return any([hmac.compare_digest(token.keyed_hash(hash_key), stored) for hash_key in hash_keys])  # noqa: C419  none is left out


def _why_not(
    api_key: ApiKey, environment: Environment, address: Address | None, now: datetime
) -> Reason | None:
    if api_key.organization.environment != environment.value:
        return Reason.WRONG_ENVIRONMENT
    match api_key.state_at(now):
        case "revoked":
            return Reason.REVOKED
        case "expired":
            return Reason.EXPIRED
    return None if _may_come_from(api_key, address) else Reason.WRONG_NETWORK


def _may_come_from(api_key: ApiKey, address: Address | None) -> bool:
    if not api_key.allowed_networks:
        return True
    return address is not None and is_within(address, map(read_network, api_key.allowed_networks))
