from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Two stacks of real processes at a time: more would starve each other."""
    for item in items:
        if "/tests/chaos/" in item.path.as_posix():
            group = "crash points" if item.path.stem == "test_crash_points" else "chaos"
            item.add_marker(pytest.mark.xdist_group(group))
