"""TCP ports on 127.0.0.1."""

import secrets
import socket
from collections.abc import Container, Mapping

from cli.refusals import Refusal

HOST = "127.0.0.1"

# Below the ranges from which Linux (32768 on) and macOS (49152 on) take the client's end of a connection:
# a server that restarts on a port of those ranges can find it held by somebody's outgoing connection.
LOWEST_PORT, HIGHEST_PORT = 20_000, 32_000


class PortTaken(Refusal):
    def __init__(self, port: int) -> None:
        super().__init__(
            f"Port {port} on {HOST} is taken by another program. "
            f"Stop that program, or choose another port: PORT={port + 1} payouts up"
        )


class PortInvalid(Refusal):
    def __init__(self, value: str) -> None:
        super().__init__(f"PORT must be a number from 1 to 65535, not {value!r}.")


class NoPortFree(Refusal):
    def __init__(self) -> None:
        super().__init__(f"No free port found between {LOWEST_PORT} and {HIGHEST_PORT} on {HOST}.")


def chosen_port(environ: Mapping[str, str]) -> int:
    value = environ.get("PORT") or "8000"
    if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 65_535):  # noqa: PLR2004 - the last port
        raise PortInvalid(value)
    return int(value)


def is_port_free(port: int) -> bool:
    """Tell whether a server could listen there now; lingering connections of an earlier one do not count."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def ensure_port_free(port: int) -> None:
    if not is_port_free(port):
        raise PortTaken(port)


def find_free_port() -> int:
    for _ in range(200):
        port = LOWEST_PORT + secrets.randbelow(HIGHEST_PORT - LOWEST_PORT)
        if is_port_free(port):
            return port
    raise NoPortFree


def keep_or_find_port(remembered: int | None, *, taken: Container[int] = ()) -> int:
    """Keep the remembered port while it is free, so that addresses outlive a restart; else another.

    `taken`: given away already, though nobody listens there yet.
    """
    port = remembered if remembered and is_port_free(remembered) else find_free_port()
    while port in taken:
        port = find_free_port()
    return port
