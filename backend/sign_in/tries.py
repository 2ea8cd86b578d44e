"""How often somebody may be wrong. Counted before a secret is looked at, and given back when it was right.

A count in Redis is one atomic step, so that many guesses at once are no way around it. Without Redis each
process counts for itself: an attacker gains a few guesses for each process, and nobody is locked out.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from limits.storage import MemoryStorage, RedisStorage
from redis.exceptions import RedisError

from sign_in.client_address import network_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from limits.storage import Storage

log = structlog.get_logger(__name__)

_MINUTE = 60
_DAY = 24 * 60 * _MINUTE


@dataclass(frozen=True)
class Allowance:
    """So many wrong tries within so many seconds of the first one, for those who share the name."""

    name: str
    tries: int
    seconds: int

    @property
    def key(self) -> str:
        # A hash, since a name may be anything that a stranger has typed.
        digest = hashlib.sha256(self.name.encode()).hexdigest()[:32]
        return f"{self.tries}-{self.seconds}-{digest}"


def password_allowances(*, username: str, address: str) -> list[Allowance]:
    """In this order: whom an earlier one refuses does not use up what a later one leaves to others.

    So a stranger at one address cannot use up the tries that a person has elsewhere, and one with many
    addresses can for a quarter of an hour, and must go on trying.
    """
    name, network = username.casefold(), network_of(address)
    return [
        Allowance(f"address {network}", 30, 5 * _MINUTE),
        Allowance(f"password {network} {name}", 5, 5 * _MINUTE),
        Allowance(f"password {name}", 50, 15 * _MINUTE),
    ]


def second_factor_allowances(*, operator_id: int) -> list[Allowance]:
    """Six digits can be guessed: at thirty tries a day, in about thirty years.

    Only who knows the password gets here, and so nobody else can use these up.
    """
    return [
        Allowance(f"second factor {operator_id}", 5, 15 * _MINUTE),
        Allowance(f"second factor {operator_id}", 30, _DAY),
    ]


class Tries:
    def __init__(self, shared: Storage, own: Storage) -> None:
        self._shared = shared
        self._own = own

    def take(self, allowances: Sequence[Allowance]) -> bool:
        """Count a try; whether it may be made."""
        try:
            return _take(self._shared, allowances)
        except (RedisError, OSError) as error:
            log.warning("sign_in_counts_alone", error=type(error).__name__)
            return _take(self._own, allowances)

    def give_back(self, allowances: Sequence[Allowance]) -> None:
        """The try was right, and does not count."""
        try:
            _count(self._shared, allowances, amount=-1)
        except (RedisError, OSError):
            _count(self._own, allowances, amount=-1)


def _take(storage: Storage, allowances: Sequence[Allowance]) -> bool:
    return all(storage.incr(each.key, each.seconds, amount=1) <= each.tries for each in allowances)


def _count(storage: Storage, allowances: Sequence[Allowance], *, amount: int) -> None:
    for each in allowances:
        storage.incr(each.key, each.seconds, amount=amount)


@cache
def tries() -> Tries:
    """Those of this process. Made by the first who asks: a process that forks must not share connections."""
    redis = settings.CACHES["default"]
    waits = {name: redis["OPTIONS"][name] for name in ("socket_connect_timeout", "socket_timeout")}
    prefix = f"{redis.get('KEY_PREFIX', '')}:sign-in"
    return Tries(RedisStorage(redis["LOCATION"], key_prefix=prefix, **waits), MemoryStorage())
