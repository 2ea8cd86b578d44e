"""I10: what the service holds comes back to about where it was.

`before` is best taken when the service has been busy once: a pool that fills for the first time is no leak.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.chaos.invariants.violation import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.chaos.evidence import Facts

MEBIBYTE = 2**20
MOST_GROWTH = 1.25
# A child that replaces a killed one inherits what the main process of its pool has open, once.
MOST_NEW_DESCRIPTORS = 32
MOST_NEW_CONNECTIONS = 8
# The allocator keeps what was needed once: a leak shows in a long run, by more than this.
MOST_MEMORY_GROWTH = 1.5
MOST_NEW_MEMORY_BYTES = 64 * MEBIBYTE


def find_resource_leaks(facts: Facts) -> Iterator[Violation]:
    """I10. Nothing is said when nothing was measured; of processes only those that were there at both times."""
    if facts.before is None or facts.after is None:
        return
    before, after = facts.before, facts.after
    yield from _grown("descriptors", before.descriptors, after.descriptors, MOST_GROWTH, MOST_NEW_DESCRIPTORS)
    yield from _grown(
        "bytes of memory", before.memory_bytes, after.memory_bytes, MOST_MEMORY_GROWTH, MOST_NEW_MEMORY_BYTES
    )
    connections = ({"PostgreSQL": before.connections}, {"PostgreSQL": after.connections})
    yield from _grown("connections", *connections, MOST_GROWTH, MOST_NEW_CONNECTIONS)


def _grown(
    what: str, before: Mapping[str, int], after: Mapping[str, int], factor: float, more: int
) -> Iterator[Violation]:
    """Whatever is above both its former self times the factor and that much more."""
    for name in before.keys() & after.keys():
        if after[name] > max(before[name] * factor, before[name] + more):
            yield Violation("I10", name, f"{after[name]} {what}, after {before[name]} before")
