"""What looks odd and is right: it is taken, and kept as it was sent, but for Unicode's one form of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.journeys.stack import Stack

NAMES = {
    "Latin": "Łukasz O'Neil-Żółć", "Cyrillic": "Олена Ґудзь", "Greek": "Νίκος", "Arabic": "محمد علي", "Persian with a non-joiner": "علی\u200cرضا",
    "Hebrew": "דוד בן־גוריון", "Devanagari": "नरेन्द्र", "Devanagari with a joiner": "क\u094d\u200dष", "Malayalam with a joiner at the end": "അവന\u0d4d\u200d",
    "Sinhala": "ශ\u0dca\u200dරී", "Tamil": "தமிழ்", "Thai": "สมชาย", "Chinese": "王小明", "Japanese": "山田\u3000太郎", "Japanese with a variant": "葛\U000e0100城",
    "Korean": "김민수", "Georgian": "გიორგი", "Amharic": "አበበ", "an emoji": "Café 😀", "a family of emoji": "👨\u200d👩\u200d👧", "a flag": "🇺🇦", "a heart": "❤\ufe0f",
    "quotes": "'; DROP TABLE payouts; --", "a tag": "<b>Jane</b>", "just long enough": "x" * 140,
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_it_keeps_a_name_as_it_was_sent(service: Stack, name: str) -> None:
    body = {"type": "BUSINESS", "name": name, "account_number": "UA1234567890"}
    created = service.http.post("/api/recipients/", json=body)
    assert created.status_code == 201, created.text
    assert service.http.get(created.headers["Location"]).json()["name"] == name


@pytest.mark.parametrize("key", ["bare-odd-key-1", '"quoted-odd-key-2"', '"with,a-comma"'])
def test_it_takes_a_key_of_a_header_bare_and_in_quotes(service: Stack, key: str) -> None:
    body = {"recipient_id": service.ready["recipient_id"], "amount": "1.00", "currency": "EUR"}
    first, again = (
        service.http.post("/api/payouts/", json=body, headers={"Idempotency-Key": key}) for _ in "12"
    )
    assert (first.status_code, again.status_code) == (201, 200), first.text
    found = service.http.get("/api/payouts/", params={"idempotency_key": key.strip('"')}).json()["results"]
    assert [payout["id"] for payout in found] == [first.json()["id"]] == [again.json()["id"]]


def test_it_normalises_text_before_it_compares_requests(service: Stack) -> None:
    first = service.post_payout("one-content-two-spellings", metadata={"caf\u00e9": "\u00e9"})
    again = service.post_payout("one-content-two-spellings", metadata={"cafe\u0301": "e\u0301"})
    assert (first.status_code, again.status_code) == (201, 200), again.text
    assert again.json()["metadata"] == {"caf\u00e9": "\u00e9"}


def test_it_counts_characters_once_they_are_normalised(service: Stack) -> None:
    payout = service.add_payout("counted-in-normal-form", metadata={"e\u0301" * 40: "e\u0301" * 500})
    assert payout["metadata"] == {"\u00e9" * 40: "\u00e9" * 500}
