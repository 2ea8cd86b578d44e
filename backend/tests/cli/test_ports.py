from __future__ import annotations

import socket

import pytest

from cli.ports import (
    HIGHEST_PORT,
    LOWEST_PORT,
    PortInvalid,
    PortTaken,
    chosen_port,
    ensure_port_free,
    find_free_port,
    is_port_free,
    keep_or_find_port,
)


def test_it_names_a_taken_port_plainly() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert not is_port_free(port)
        with pytest.raises(PortTaken, match=rf"^Port {port} on 127\.0\.0\.1 is taken by another program\."):
            ensure_port_free(port)
    ensure_port_free(port)


def test_it_keeps_a_port_while_it_is_free() -> None:
    port = find_free_port()
    assert keep_or_find_port(port) == port
    with socket.create_server(("127.0.0.1", port)):
        assert keep_or_find_port(port) != port


def test_it_finds_ports_that_no_outgoing_connection_takes() -> None:
    assert all(LOWEST_PORT <= find_free_port() < HIGHEST_PORT for _ in range(20))


@pytest.mark.parametrize("value", ["0", "65536", "-1", "80a", "8000.0", "٣", " 8000"])
def test_it_refuses_a_port_that_is_none(value: str) -> None:
    with pytest.raises(PortInvalid, match="PORT must be a number"):
        chosen_port({"PORT": value})


@pytest.mark.parametrize(("environ", "port"), [({}, 8000), ({"PORT": ""}, 8000), ({"PORT": "8123"}, 8123)])
def test_it_takes_port_8000_unless_told_otherwise(environ: dict[str, str], port: int) -> None:
    assert chosen_port(environ) == port
