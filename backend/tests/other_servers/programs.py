"""The servers that a test needs and the wheels do not bring: Debian's own, where they are installed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

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
