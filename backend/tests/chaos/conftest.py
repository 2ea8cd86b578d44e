from __future__ import annotations

import pytest


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One stack of real processes at a time: two would starve each other."""
    for item in items:
        if "/tests/chaos/" in item.path.as_posix():
            item.add_marker(pytest.mark.xdist_group("chaos"))
