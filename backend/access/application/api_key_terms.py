"""What every use case asks of a key, its expiry and its networks before it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.exceptions import Conflict, FieldProblem, Invalid
from core.networks import read_network

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from access.models import ApiKey


class ApiKeyNotLiving(Conflict):
    code = "api_key_not_living"
    title = "The key does not work any more"

    def __init__(self, api_key: ApiKey, state: str) -> None:
        super().__init__(f"The key {api_key.public_id} is {state}, and stays so: make a new one.")


class ExpiryInThePast(Invalid):
    code = "expiry_in_the_past"
    title = "A key cannot expire in the past"

    def __init__(self, expires_at: datetime) -> None:
        super().__init__(f"{expires_at:%Y-%m-%d %H:%M:%S %Z} is in the past. To end a key now, revoke it.")


class NetworkInvalid(Invalid):
    code = "network_invalid"
    title = "This is no network"

    def __init__(self, text: str, error: ValueError) -> None:
        detail = f"{error}. Write a network as 203.0.113.0/24 or 2001:db8::/32."
        problem = FieldProblem("allowed_networks", self.code, f"{text!r}: {error}")
        super().__init__(detail, problems=(problem,))


def ensure_living(api_key: ApiKey, *, now: datetime) -> None:
    """Raises ApiKeyNotLiving."""
    if not api_key.is_living_at(now):
        raise ApiKeyNotLiving(api_key, api_key.state_at(now))


def ensure_future(expires_at: datetime | None, *, now: datetime) -> None:
    """Raises ExpiryInThePast."""
    if expires_at is not None and expires_at <= now:
        raise ExpiryInThePast(expires_at)


def canonical_networks(texts: Iterable[str]) -> list[str]:
    """The networks in their one form, sorted, each once. Raises NetworkInvalid."""
    return sorted({_canonical(text) for text in texts})


def _canonical(text: str) -> str:
    try:
        return str(read_network(text))
    except ValueError as error:
        raise NetworkInvalid(text, error) from error
