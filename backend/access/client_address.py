"""From where a request comes, when proxies stand in between.

A proxy appends to `X-Forwarded-For` the address that spoke to it, so the end of the list is the proxies' word
and its beginning anybody's. It is read from the right, for as long as the one who wrote is trusted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.conf import settings

from core.networks import is_within, read_address

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from core.networks import Address, Network

# Some proxies write the port as well.
_WITH_PORT = re.compile(r"\[(?P<v6>[^\]]*)\](?::\d{1,5})?|(?P<v4>[0-9.]+):\d{1,5}", re.ASCII)


def address_of(meta: Mapping[str, str]) -> Address | None:
    """The client's address, from `request.META`. None when even the peer has none, as on a Unix socket."""
    trusted: Sequence[Any] = settings.TRUSTED_PROXIES
    return client_address(
        peer=meta.get("REMOTE_ADDR", ""),
        forwarded_for=meta.get("HTTP_X_FORWARDED_FOR", ""),
        trusted=trusted,
    )


def client_address(*, peer: str, forwarded_for: str, trusted: Sequence[Network]) -> Address | None:
    """The first address from the right that is no trusted proxy's.

    Where what a trusted proxy wrote is no address, that proxy's own is the answer: better one address for
    many than one of the client's choice.
    """
    address = read_address(peer)
    senders = reversed(forwarded_for.split(","))
    while address is not None and is_within(address, trusted):
        sender = _read_sender(next(senders, ""))
        if sender is None:
            break
        address = sender
    return address


def _read_sender(text: str) -> Address | None:
    text = text.strip()
    match = _WITH_PORT.fullmatch(text)
    return read_address(match["v6"] or match["v4"] or "" if match else text)
