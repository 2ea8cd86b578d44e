from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payouts.domain.idempotency import (
    IdempotencyKeyReused,
    InvalidIdempotencyKey,
    RequestedContent,
    ensure_idempotency_key,
)

CONTENT = RequestedContent(7, 10_050, "USD", {"order": "1", "shop": "Kyiv"})

# Few values of each, so that two contents are often the same.
contents = st.builds(
    RequestedContent,
    recipient_id=st.integers(1, 3),
    amount=st.sampled_from([1, 100, 10_000]),
    currency=st.sampled_from(["USD", "EUR"]),
    metadata=st.dictionaries(st.sampled_from(["a", "b", "ключ"]), st.sampled_from(["", "1", "b", "знак"])),
)


@pytest.mark.parametrize(
    "key", ["8-signs!", "x" * 64, "unique-key-123", "~!@#$%^&*()_+", '"quoted"', "0" * 8]
)
def test_it_takes_a_key_of_visible_characters(key: str) -> None:
    ensure_idempotency_key(key)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "x" * 7,
        "x" * 65,
        "with a blank",
        " padded-key",
        "padded-key ",
        "new\nline-key",
        "trailing-key\n",
        "tab\tin-key",
        "nul\x00in-key",
        "del\x7fin-key",
        "ключ-ключ",
        "ｆｕｌｌ-width",
        "emoji-key-💸",
        "zero\u200bwidth",
    ],
)
def test_it_refuses_what_is_no_key(key: str) -> None:
    with pytest.raises(InvalidIdempotencyKey, match="8 to 64 visible ASCII"):
        ensure_idempotency_key(key)


def test_it_marks_a_fingerprint_with_the_version_of_its_rules() -> None:
    assert re.fullmatch(r"v1:[0-9a-f]{64}", CONTENT.fingerprint())


def test_it_keeps_to_the_fingerprint_that_is_stored_already() -> None:
    # A change here would make every stored request look like another one: it needs a new version.
    stored = "v1:99fbd375e99dc1756efbc9031b356dd7c49447485f09a7b43de5e22c75c87e5e"

    assert CONTENT.fingerprint() == stored


def test_it_does_not_look_at_the_order_of_metadata() -> None:
    turned = replace(CONTENT, metadata={"shop": "Kyiv", "order": "1"})

    assert turned.fingerprint() == CONTENT.fingerprint()


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"recipient_id": 8}, ["recipient_id"]),
        ({"amount": 10_051}, ["amount"]),
        ({"currency": "EUR"}, ["currency"]),
        ({"metadata": {}}, ["metadata"]),
        ({"metadata": {"order": "1", "shop": "kyiv"}}, ["metadata"]),
        ({"amount": 1, "currency": "EUR", "metadata": {}}, ["amount", "currency", "metadata"]),
    ],
)
def test_it_names_the_fields_that_differ(changes: dict[str, object], fields: list[str]) -> None:
    other = RequestedContent(**{**vars(CONTENT), **changes})

    assert CONTENT.differing_fields(other) == fields
    assert (other.fingerprint() == CONTENT.fingerprint()) is (not fields)


@given(one=contents, other=contents)
def test_it_has_the_same_fingerprint_exactly_for_the_same_content(
    one: RequestedContent, other: RequestedContent
) -> None:
    is_same = one == other

    assert (one.fingerprint() == other.fingerprint()) is is_same
    assert (one.differing_fields(other) == []) is is_same


@given(metadata=st.dictionaries(st.text(), st.text()))
def test_it_can_take_the_fingerprint_of_any_text(metadata: dict[str, str]) -> None:
    with_text = replace(CONTENT, metadata=metadata)
    turned = replace(CONTENT, metadata=dict(reversed(metadata.items())))

    assert with_text.fingerprint() == turned.fingerprint()


def test_it_names_the_differing_fields_and_not_their_values() -> None:
    refusal = IdempotencyKeyReused(["amount", "currency"], 31)

    assert refusal.detail == "This key was used for payout 31 with another amount, currency."
    assert [(problem.field, problem.code) for problem in refusal.problems] == [
        ("amount", "differs"),
        ("currency", "differs"),
    ]
