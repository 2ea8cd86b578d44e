"""Which tests wait for each other when several processes share the work: a pytest plugin for pytest-xdist.

Tests of running processes wait more than they work, and disturb each other when too many of them run at once.
They stand in two lanes, each taken by one test process, while a third takes all the rest. Shorter lanes are for
what shares something that takes long to make.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

# By what the path below the tests begins with. The first two take about as long as each other.
LANES = {
    "faults": ("chaos/",),
    "stacks": (
        "journeys/",
        "browser/",
        "database/",
        "other_servers/",
        "bench/test_short_run",
        "config/test_celery",
        "infrastructure/test_worker_watch",
        "heartbeats/",
    ),
    # Measures how the web answers in time, and so has the process to itself that takes the rest.
    "web": ("config/test_web_process", "config/test_web_metrics"),
    # Each start of the judge takes seconds.
    "chart": ("chart/",),
}


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for lane in _lanes_of(item):
            item.add_marker(pytest.mark.xdist_group(lane))


def _lanes_of(item: pytest.Item) -> Iterator[str]:
    path = item.path.as_posix().rpartition("/backend/tests/")[2]
    return (lane for lane, beginnings in LANES.items() if path.startswith(beginnings))
