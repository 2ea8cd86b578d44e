"""Which characters may stand in a text that a person reads before money is sent: those that can be seen.

Names in every script are fine. Two texts that look the same should be the same, so whatever leaves no trace
is refused, except where a script cannot be written without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import category, combining, name

if TYPE_CHECKING:
    from collections.abc import Iterator

# Control, format (bidirectional overrides among them), surrogate, private use, unassigned, line separators.
_REFUSED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters, marks and a symbol to Unicode, and nothing to the eye; and what is left of text that was decoded
# wrongly.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffd")

_NON_JOINER, _JOINER = "\u200c", "\u200d"
# As character names begin. Persian, the languages of India and Mongolian cannot be spelled without joiners.
_JOINED_SCRIPTS = frozenset(
    {
        *{"ARABIC", "SYRIAC", "NKO", "MONGOLIAN", "DEVANAGARI", "BENGALI", "GURMUKHI", "GUJARATI", "ORIYA"},
        *{"TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "TIBETAN", "MYANMAR", "KHMER"},
    }
)
_VIRAMA = 9  # the combining class of the sign that takes a consonant's vowel away
_EMOJI_SELECTORS = frozenset("\ufe0e\ufe0f")
_MONGOLIAN_SELECTORS = frozenset("\u180b\u180c\u180d\u180f")
# Unicode's Stream-Safe Text Format (UAX #15): no language needs as many marks on one letter.
_MOST_MARKS_IN_A_ROW = 30


def find_unseen(text: str) -> str | None:
    """The first character that may not stand where it stands; None in a text that shows all it holds."""
    if text.isascii() and text.isprintable():
        return None
    return next((character for character, may_stand in _judge(text) if not may_stand), None)


def show_unseen(text: str) -> str:
    """The text with each character that may not stand in it written out, such as `[U+202E]`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        character if may_stand else f"[U+{ord(character):04X}]" for character, may_stand in _judge(text)
    )


def _judge(text: str) -> Iterator[tuple[str, bool]]:
    """Each character, and whether it may stand where it stands."""
    before, marks = "", 0
    for position, character in enumerate(text):
        marks = marks + 1 if category(character).startswith("M") else 0
        after = text[position + 1 : position + 2]
        yield character, marks <= _MOST_MARKS_IN_A_ROW and _may_stand(character, before, after)
        before = character


def _may_stand(character: str, before: str, after: str) -> bool:
    if character in {_NON_JOINER, _JOINER}:
        return _joins(character, before, after)
    if character in _MONGOLIAN_SELECTORS:
        return _script_of(before) == "MONGOLIAN"
    if "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef":
        return _has_variants(before, character)
    if character in _UNSEEN or category(character) in _REFUSED_CATEGORIES:
        return False
    # A mark needs a letter to sit on: alone it is laid over whatever is printed before the text.
    return bool(before) or not category(character).startswith("M")


def _joins(joiner: str, before: str, after: str) -> bool:
    """After a virama, even at a word's end; between letters of a script that is joined; inside an emoji."""
    if before and combining(before) == _VIRAMA:
        return True
    if _script_of(before) in _JOINED_SCRIPTS:
        return _script_of(after) in _JOINED_SCRIPTS
    return joiner == _JOINER and _is_symbol(before) and _is_symbol(after)


def _is_symbol(character: str) -> bool:
    return bool(character) and (category(character) in {"So", "Sk"} or character in _EMOJI_SELECTORS)


def _has_variants(before: str, selector: str) -> bool:
    """Symbols, digits and punctuation become emoji; ideographs have variants, as in Japanese names."""
    if _script_of(before) == "CJK":
        return selector not in _EMOJI_SELECTORS
    return selector in _EMOJI_SELECTORS and bool(before) and category(before)[0] in "SNP"


def _script_of(character: str) -> str:
    return name(character, "").partition(" ")[0] if character else ""
