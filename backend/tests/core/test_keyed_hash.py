from __future__ import annotations

import pytest

from core.keyed_hash import keyed_hash

KNOWN = {"text": "UA1234567890", "key": "k", "purpose": "account number", "organization_id": 1}


def test_it_is_the_same_for_the_same() -> None:
    assert keyed_hash(**KNOWN) == keyed_hash(**KNOWN)  # type: ignore[arg-type]
    assert len(keyed_hash(**KNOWN)) == 64  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "other", [{"text": "UA1234567891"}, {"key": "l"}, {"purpose": "payment order"}, {"organization_id": 2}]
)
def test_it_is_another_for_anything_else(other: dict[str, object]) -> None:
    assert keyed_hash(**KNOWN) != keyed_hash(**(KNOWN | other))  # type: ignore[arg-type]
