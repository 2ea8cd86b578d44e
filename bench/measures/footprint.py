"""Resident memory after the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.measured import Measured
from bench.processes import memory_of, tree_of

if TYPE_CHECKING:
    from bench.processes import Memory
    from bench.stack import Stack


def measure_memory(stack: Stack) -> Measured:
    """RSS of the largest process of web and worker, and of the relay; PSS of a worker's processes together.

    A worker is a parent and its children, which share what was loaded before the fork: their RSS cannot be
    added up.
    """
    processes = stack.processes
    web = [memory_of(pid) for pid in tree_of(processes["web"])[1:]]
    worker = [memory_of(pid) for pid in tree_of(processes["worker"])]
    relay = memory_of(processes["relay"])
    return Measured(
        {
            "web_mb": max(each.rss_mb for each in web),
            "web_largest_pss_mb": max(each.pss_mb for each in web),
            "worker_mb": _pss_mb(worker),
            "worker_largest_rss_mb": max(each.rss_mb for each in worker),
            "relay_mb": relay.rss_mb,
            "relay_pss_mb": relay.pss_mb,
        }
    )


def _pss_mb(processes: list[Memory]) -> float:
    return sum(each.pss_mb for each in processes)
