"""What `payouts doctor` asks the machine before anything runs."""

import os
import platform
import shutil
import sys
from collections.abc import Iterator, Mapping

from cli.embedded.account import find_abandoned_places, find_account, reachable_install
from cli.embedded.binaries import find_postgres_install, find_valkey_server
from cli.findings import Finding, broken, note, well
from cli.home import Home, is_in_use
from cli.ports import chosen_port, is_port_free
from cli.refusals import Refusal

OLDEST_PYTHON = (3, 11)
GIGABYTE = 1024**3
SCARCE_BYTES, TOO_FEW_BYTES = 2 * GIGABYTE, GIGABYTE // 5


def check_machine(home: Home, environ: Mapping[str, str]) -> Iterator[Finding]:
    yield check_python()
    yield from check_servers(environ)
    yield check_home(home)
    yield check_disk(home)
    yield check_port(home, environ)
    yield from check_abandoned_data()


def check_python() -> Finding:
    if sys.version_info[:2] < OLDEST_PYTHON:
        return broken(
            "Python", platform.python_version(), "Install Python 3.11 or later, then run `make run`."
        )
    return well("Python", f"{platform.python_version()} at {sys.executable}")


def check_servers(environ: Mapping[str, str]) -> Iterator[Finding]:
    if not environ.get("DATABASE_URL"):
        yield _check_embedded_postgres()
    if not environ.get("REDIS_URL"):
        try:
            yield well("Valkey binary", str(find_valkey_server()))
        except Refusal as refusal:
            yield broken("Valkey binary", "missing", str(refusal))


def _check_embedded_postgres() -> Finding:
    try:
        account = find_account()
        install = reachable_install(find_postgres_install(), account)
    except Refusal as refusal:
        return broken("PostgreSQL binary", "cannot be run", str(refusal))
    return well("PostgreSQL binary", f"{install}" + (f", run as {account.name}" if account else ""))


def check_home(home: Home) -> Finding:
    """Never made by looking at it."""
    nearest = next(path for path in (home.root, *home.root.parents) if path.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        advice = f"Make {nearest} a directory you may write to, or choose another place with PAYOUTS_HOME."
        return broken("PAYOUTS_HOME", f"{home.root} cannot be written", advice)
    return well("PAYOUTS_HOME", str(home.root))


def check_disk(home: Home) -> Finding:
    nearest = next(path for path in (home.root, *home.root.parents) if path.exists())
    free_bytes = shutil.disk_usage(nearest).free
    seen = f"{free_bytes / GIGABYTE:.1f} GB free"
    if free_bytes < TOO_FEW_BYTES:
        return broken("Disk", seen, f"Make room on the disk of {nearest}: PostgreSQL stops when it is full.")
    if free_bytes < SCARCE_BYTES:
        return note("Disk", seen, f"Make room on the disk of {nearest} before it is full.")
    return well("Disk", seen)


def check_port(home: Home, environ: Mapping[str, str]) -> Finding:
    try:
        port = chosen_port(environ)
    except Refusal as refusal:
        return broken("Port", environ.get("PORT", ""), str(refusal))
    if is_port_free(port):
        return well("Port", f"{port} is free")
    if is_in_use(home):
        return well("Port", f"{port} is taken, and this home's stack is running")
    return broken(
        "Port", f"{port} is taken", f"Stop the program that holds it, or choose another: PORT={port + 1}"
    )


def check_abandoned_data() -> Iterator[Finding]:
    for place in find_abandoned_places():
        yield note("Left-over data", f"{place}: its home is gone", f"If it was not moved: rm -r {place}")
