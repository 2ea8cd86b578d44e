from __future__ import annotations

import pytest
from django.test import RequestFactory

from access.client_address import address_of, client_address
from core.networks import read_network

TRUSTED = (read_network("10.0.0.0/8"), read_network("2001:db8:ffff::/48"))


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "address"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "198.51.100.9", "192.0.2.1"),  # no proxy of ours says so
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.9", "198.51.100.9"),
        ("10.0.0.1", "203.0.113.66, 198.51.100.9", "198.51.100.9"),
        ("10.0.0.1", "10.0.0.7,203.0.113.66,198.51.100.9,10.0.0.2", "198.51.100.9"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "203.0.113.66, unknown", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.66, fe80::1%eth0", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.66, garbage, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "203.0.113.66,", "10.0.0.1"),
        ("10.0.0.1", ",,,", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.9:4711", "198.51.100.9"),
        ("10.0.0.1", "[2001:db8::9]:4711", "2001:db8::9"),
        ("10.0.0.1", "[2001:db8::9]", "2001:db8::9"),
        ("10.0.0.1", "198.51.100.9:", "10.0.0.1"),
        ("10.0.0.1", "::ffff:198.51.100.9", "198.51.100.9"),
        ("::ffff:10.0.0.1", "198.51.100.9", "198.51.100.9"),
        ("2001:db8:ffff::1", "2001:db8::9", "2001:db8::9"),
    ],
)
def test_it_believes_proxies_of_ours_and_nobody_else(peer: str, forwarded_for: str, address: str) -> None:
    found = client_address(peer=peer, forwarded_for=forwarded_for, trusted=TRUSTED)
    assert str(found) == address


@pytest.mark.parametrize("peer", ["", "unix:", "garbage"])
def test_it_knows_no_address_where_the_peer_has_none(peer: str) -> None:
    assert client_address(peer=peer, forwarded_for="198.51.100.9", trusted=TRUSTED) is None


def test_it_trusts_nobody_unless_told_to() -> None:
    meta = RequestFactory(REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR="198.51.100.9").get("/").META
    assert str(address_of(meta)) == "127.0.0.1"
