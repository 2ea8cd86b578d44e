"""Addresses and networks of the Internet, each in one form, however it was written."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

# What a provider gives to one customer at least (RFC 6177): whoever has one address has all of these.
_IPV6_SUBSCRIBER_BITS = 64
# Clients come again, and reading an address takes a while.
_ADDRESSES_REMEMBERED = 1_000
_IPV4_MAPPED = IPv6Network("::ffff:0:0/96")


@lru_cache(_ADDRESSES_REMEMBERED)
def read_address(text: str) -> Address | None:
    """The address; None for anything else, and for one with a zone, which has a meaning on one machine only.

    An IPv4 address in the clothes of IPv6 (RFC 4291, 2.5.5.2) is the IPv4 address.
    """
    if "%" in text:
        return None
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


def read_network(text: str) -> Network:
    """A network, or a single address. Raises ValueError, with a sentence for the person who wrote it."""
    if "%" in text:
        raise ValueError(f"{text!r} has a zone")
    network = ip_network(text)
    if isinstance(network, IPv6Network) and network.subnet_of(_IPV4_MAPPED):
        raise ValueError(f"{text!r} is to be written as a network of IPv4")
    return network


def is_within(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)


def subscriber_of(address: Address) -> str:
    """Who is counted as one: an IPv4 address, or the /64 of an IPv6 address."""
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((address, _IPV6_SUBSCRIBER_BITS), strict=False))
