"""Text that cannot be stored, cannot be seen, or looks like another text."""

from __future__ import annotations

from tests.journeys.bad_input.row import body, payout, query, recipient

_UNSTORABLE, _UNSEEN = "text that PostgreSQL cannot hold", "characters that cannot be seen"
_GOOD = '{"recipient_id": {recipient}, "amount": "1.00", "currency": "EUR", "idempotency_key": "never-to-be-stored"'

_INVISIBLE = {
    "bell": "a\u0007b", "line break": "a\nb", "tab": "a\tb", "delete": "a\u007fb", "next line": "a\u0085b",
    "right-to-left override": "\u202egpj.exe", "isolate": "a\u2066b", "left-to-right mark": "a\u200eb",
    "zero-width space": "a\u200bb", "word joiner": "a\u2060b", "byte order mark": "\ufeffa", "soft hyphen": "a\u00adb",
    "joiner in Latin": "Ja\u200dne", "non-joiner at the end": "Jane\u200c", "only a joiner": "\u200d",
    "private use": "a\ue000b", "unassigned": "a\u0378b", "noncharacter": "a\ufdd0b", "replacement": "a\ufffdb",
    "line separator": "a\u2028b", "tag": "a\U000e0067b", "variation selector on a letter": "a\ufe0fb",
    "Hangul filler": "\u3164", "braille blank": "\u2800", "grapheme joiner": "a\u034fb",
    "only a combining mark": "\u0301", "tower of marks": "a" + "\u0301" * 40,
}  # fmt: skip
_BLANKS = {
    "blank": " Jane",
    "no-break": "Jane\u00a0",
    "ideographic": "\u3000Jane",
    "only blanks": "   ",
    "thin": "Jane\u2009",
}

ROWS = (
    body(_UNSTORABLE, "NUL in a value", _GOOD + r', "metadata": {"a": "\u0000"}}'),
    body(_UNSTORABLE, "NUL in a name", _GOOD + r', "metadata": {"\u0000": "a"}}'),
    body(_UNSTORABLE, "NUL as it is", _GOOD + ', "metadata": {"a": "\0"}}'),
    body(_UNSTORABLE, "NUL in an unknown field", _GOOD + r', "\u0000": 1}'),
    body(_UNSTORABLE, "half of a surrogate pair", _GOOD + r', "metadata": {"a": "\ud800"}}'),
    body(_UNSTORABLE, "the other half, in a name", _GOOD + r', "metadata": {"\udfff": "a"}}'),
    query(_UNSTORABLE, "metadata[a]=%00", "metadata[a]", "character"),
    query(_UNSTORABLE, "metadata[%00]=a", "metadata[\0]", "character"),
    query(_UNSTORABLE, "cursor=%00", "cursor", "null_characters_not_allowed"),
    query(_UNSTORABLE, "currency=%00", "currency", "invalid"),
    query(_UNSTORABLE, "idempotency_key=key%00key%00", "idempotency_key", "invalid_idempotency_key"),
    query(_UNSTORABLE, "%00=1", "\0", "unknown_field"),
    query(_UNSTORABLE, "metadata[a]=%ED%A0%80", "metadata[a]", "character"),
    *(recipient(_UNSEEN, f"{name} in a name", "name", "character", name=text) for name, text in _INVISIBLE.items()),
    *(payout(_UNSEEN, f"{name} in metadata", "metadata.note", "character", metadata={"note": _INVISIBLE[name]})
      for name in ("bell", "right-to-left override", "unassigned", "joiner in Latin", "only a combining mark")),
    payout(_UNSEEN, "override in a key of metadata", "metadata.\u202enote", "character", metadata={"\u202enote": "a"}),
    query(_UNSEEN, "metadata[a]=%E2%80%AE", "metadata[a]", "character"),
    *(recipient("blanks at the ends", name, "name", "invalid", name=text) for name, text in _BLANKS.items()),
    recipient("lengths", "name too long", "name", "max_length", name="x" * 141),
    recipient("lengths", "name too long once it is normalised", "name", "max_length", name="\u0958" * 71),
    recipient("lengths", "bank code too long", "bank_code", "max_length", bank_code="x" * 33),
    recipient("lengths", "empty name", "name", "blank", name=""),
    payout("lengths", "value of metadata too long", "metadata.a", "max_length", metadata={"a": "v" * 501}),
    payout("lengths", "key of metadata too long", "metadata." + "k" * 41, "max_length", metadata={"k" * 41: "v"}),
    payout("lengths", "too many pairs of metadata", "metadata", "invalid", metadata={str(n): "v" for n in range(51)}),
    payout("lengths", "two keys that are one", "metadata", "invalid", metadata={"\u00e9": "x", "e\u0301": "y"}),
)  # fmt: skip
