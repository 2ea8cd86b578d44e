"""The servers that a test needs and the wheels do not bring: Debian's own, where they are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

# Debian's program in the PATH changes to an account of its own, and to that account's files.
PLACES = {"rabbitmq-server": Path("/usr/lib/rabbitmq/bin")}


def find_program(name: str) -> str:
    """Where it is; skips the test where it is not, and fails it where BROKERS_REQUIRED says that it must be."""
    found = shutil.which(name, path=str(PLACES[name])) if name in PLACES else shutil.which(name)
    if found is not None:
        return found
    if os.environ.get("BROKERS_REQUIRED"):
        pytest.fail(f"{name} is not installed.")
    pytest.skip(f"{name} is not installed.")


def start_group(
    command: list[str], **options: Any
) -> tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]:
    """Start a program as the leader of a group, and a shell that kills the group when its own input ends.

    It does with this process, however that ends: no server is left behind.
    """
    program = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, **options)
    guard = subprocess.Popen(
        ["/bin/sh", "-c", 'read _; kill -KILL "-$1" 2>/dev/null', "guard", str(program.pid)],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    return program, guard


def end_group(program: subprocess.Popen[bytes], guard: subprocess.Popen[bytes]) -> None:
    """SIGKILL to all of it."""
    guard.communicate()
    program.wait()
