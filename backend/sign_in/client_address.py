"""From where somebody signs in, as text for the log and as the name that tries are counted by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from access.client_address import address_of
from core.networks import read_address, subscriber_of

if TYPE_CHECKING:
    from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Behind trusted proxies the client's own; empty when there is none, as on a Unix socket."""
    return str(address_of(request.META) or "")


def network_of(address: str) -> str:
    """An IPv4 address, or the network of an IPv6 address: whoever has one address of it has them all."""
    parsed = read_address(address)
    return subscriber_of(parsed) if parsed else address
