"""What the service holds at a moment, by what the kernel and PostgreSQL say of it."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tests.chaos.evidence import Resources

if TYPE_CHECKING:
    from tests.chaos.processes import ManagedProcess
    from tests.chaos.stack import ChaosStack

MEASURED = ("web", "worker", "relay", "beat")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def measure_resources(stack: ChaosStack) -> Resources:
    processes = [stack.process(name) for name in MEASURED]
    return Resources(
        descriptors={process.name: _descriptors(process) for process in processes},
        memory_bytes={process.name: _memory_bytes(process) for process in processes},
        connections=_connections(stack),
    )


def count_refused_connections() -> int:
    """How many connections from this machine have failed to come about so far (`AttemptFails` of RFC 4022)."""
    names, values = (
        line.split() for line in Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Tcp:")
    )
    return int(dict(zip(names, values, strict=True))["AttemptFails"])


def _descriptors(process: ManagedProcess) -> int:
    total = 0
    for pid in process.tree_pids():
        with suppress(OSError):  # it has just ended
            total += sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())
    return total


def _memory_bytes(process: ManagedProcess) -> int:
    """Resident, with what its processes share counted for each of them."""
    total = 0
    for pid in process.tree_pids():
        with suppress(OSError):
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES
    return total


def _connections(stack: ChaosStack) -> int:
    with stack.database() as database:
        found = database.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'payouts-%'"
        ).fetchone()
    return int(found[0]) if found else 0
