"""How names are looked for: by the beginnings of their words, without case and accents, in any order."""

from __future__ import annotations

import re
import unicodedata

MOST_WORDS = 24
_WORD = re.compile(r"[^\W_]+")


def words_in(text: str) -> list[str]:
    """The words of a name, or of what somebody looks for, each once: "José O'Neill" has jose, o and neill.

    The database folds case by its own locale, which may know ASCII alone; so it is done here.
    """
    plain = "".join(
        letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter)
    )
    return list(dict.fromkeys(_WORD.findall(plain.casefold())))[:MOST_WORDS]


def own_word(word: str, organization_id: int) -> str:
    """The word as one of this organization: the index holds those of all, and is asked for those of one."""
    return f"{organization_id}/{word}"
