from __future__ import annotations

import sys
import unicodedata

import pytest

from core.visible_text import find_unseen, show_unseen


@pytest.mark.parametrize(
    "text",
    [
        *[
            "",
            "Jane O'Neil-Smith",
            "Łukasz Żółć",
            "Олена Ґудзь",
            "Νίκος",
            "王小明",
            "山田\u3000太郎",
            "สมชาย",
            "דוד",
            "김민수",
        ],
        *[
            "محمد علی",
            "کتاب\u200cها",
            "नरेन्द्र",
            "क\u094d\u200dष",
            "ക\u0d4d\u200d",
            "අශ\u0dca\u200dව",
            "தமிழ்",
            "ᠠ\u180b",
            "ᠠ\u200dᠠ",
        ],
        *[
            "葛\U000e0100城",
            "邉\ufe00",
            "😀",
            "❤\ufe0f",
            "1\ufe0f\u20e3",
            "🇺🇦",
            "👨\u200d👩\u200d👧",
            "👩🏽\u200d🚀",
            "🏳\ufe0f\u200d🌈",
        ],
        *["e\u0301", "a\u00a0b", "a" + "\u0301" * 30, "שָׁ\u05bcלוֹם"],
    ],
)
def test_it_lets_every_script_be_written(text: str) -> None:
    assert find_unseen(text) is None


@pytest.mark.parametrize(
    ("text", "unseen"),
    [
        *[(f"a{c}b", c) for c in "\x00\t\n\x1f\x7f\x85\xad\u061c\u200b\u200e\u200f\u2028\u2029\u202a\u202e\u2060\u2066\ufeff"],
        *[(f"a{c}b", c) for c in "\ue000\U000f0000\u0378\ufdd0\ufffe\uffff\U0001ffff\ufffd\ufff9\U000e0067\ud800"],
        *[(f"a{c}b", c) for c in "\u034f\u115f\u1160\u17b4\u2800\u3164\uffa0\u180e"],
        *[("Ja\u200dne", "\u200d"), ("Ja\u200cne", "\u200c"), ("Иван\u200d", "\u200d"), ("\u200dа", "\u200d"), ("\u200c", "\u200c")],
        *[("کتاب\u200c", "\u200c"), ("کتاب\u200c\u200cها", "\u200c"), ("کتاب\u200cx", "\u200c"), ("😀\u200d", "\u200d"), ("😀\u200c😀", "\u200c")],
        *[("a\ufe0fb", "\ufe0f"), ("a\ufe00", "\ufe00"), ("\ufe0f", "\ufe0f"), ("a\u180bb", "\u180b"), ("a\U000e0100", "\U000e0100"), ("王\ufe0f", "\ufe0f")],
        *[("\u0301", "\u0301"), ("\u0301a", "\u0301"), ("a" + "\u0301" * 31, "\u0301")],
    ],
)  # fmt: skip
def test_it_finds_what_cannot_be_seen(text: str, unseen: str) -> None:
    assert find_unseen(text) == unseen


@pytest.mark.no_cover  # others run these lines; here they run very often
def test_it_lets_no_character_stand_alone_that_unicode_does_not_draw() -> None:
    drawn = {c for c in map(chr, range(sys.maxunicode + 1)) if find_unseen(c) is None}
    assert {unicodedata.category(c)[0] for c in drawn} == {"L", "N", "P", "S", "Z"}
    assert len(drawn) > 100_000


@pytest.mark.parametrize(
    "text", ["", "Jane O'Neil-Smith", "Олена Ґудзь", "کتاب\u200cها", "👨\u200d👩\u200d👧"]
)
def test_it_shows_a_text_that_hides_nothing_as_it_is(text: str) -> None:
    assert show_unseen(text) == text


@pytest.mark.no_cover  # others run these lines; here they run very often
def test_it_writes_out_each_character_that_cannot_be_seen() -> None:
    assert show_unseen("pay\u202egnp\u200b.exe\n") == "pay[U+202E]gnp[U+200B].exe[U+000A]"
