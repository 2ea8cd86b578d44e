from __future__ import annotations

import pytest

from core.http_methods import known_method


@pytest.mark.parametrize(
    ("method", "word"),
    [
        ("GET", "GET"),
        ("PATCH", "PATCH"),
        ("get", "other"),
        ("UA1234567890", "other"),
        ("", "other"),
        (None, "other"),
    ],
)
def test_it_writes_down_known_methods_alone(method: str | None, word: str) -> None:
    assert known_method(method) == word
