"""What pages say of the code is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parents[1] / "docs/security.md"
NAMED = re.findall(r"`([a-z0-9_/]+\.py)::(test_it_\w+)`", PAGE.read_text())


def test_it_finds_the_tests_that_the_page_names() -> None:
    assert len(NAMED) > 40


@pytest.mark.parametrize("path", sorted({path for path, _ in NAMED}))
def test_it_names_tests_that_exist(path: str) -> None:
    text = (TESTS / path).read_text()
    assert not [name for named, name in NAMED if named == path and f"def {name}(" not in text]
