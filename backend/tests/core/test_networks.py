from __future__ import annotations

import pytest

from core.networks import is_within, read_address, read_network, subscriber_of


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::ffff:c000:201", "192.0.2.1"),
    ],
)
def test_it_reads_an_address_into_its_one_form(text: str, address: str) -> None:
    assert str(read_address(text)) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "unknown",
        "192.0.2.1 ",
        "192.0.2",
        "192.0.2.256",
        "192.0.02.1",
        "fe80::1%eth0",
        "192.0.2.1/32",
        "١.١.١.١",
    ],
)
def test_it_reads_nothing_else(text: str) -> None:
    assert read_address(text) is None


@pytest.mark.parametrize("text", ["10.0.0.0/8", "10.1.2.3", "2001:db8::/32", "::/0", "0.0.0.0/0"])
def test_it_reads_networks_and_single_addresses(text: str) -> None:
    assert str(read_network(text)).startswith(text)


@pytest.mark.parametrize(
    "text", ["", "10.0.0.1/8", "10.0.0.0/33", "fe80::%eth0/64", "::ffff:10.0.0.0/104", "everywhere"]
)
def test_it_refuses_a_network_that_may_mean_something_else(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_network(text)


def test_it_finds_an_address_in_a_network_of_its_own_kind_only() -> None:
    networks = [read_network("10.0.0.0/8"), read_network("2001:db8::/32")]

    inside, outside = (
        ("10.255.0.1", "2001:db8:ffff::1", "::ffff:10.0.0.1"),
        ("11.0.0.1", "2001:db9::1", "::1"),
    )
    assert all(is_within(address, networks) for text in inside if (address := read_address(text)))
    assert not any(is_within(address, networks) for text in outside if (address := read_address(text)))


@pytest.mark.parametrize(
    ("text", "subscriber"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
    ],
)
def test_it_counts_a_subscriber_as_one(text: str, subscriber: str) -> None:
    address = read_address(text)
    assert address is not None
    assert subscriber_of(address) == subscriber
