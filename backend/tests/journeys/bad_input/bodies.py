"""Bodies that two readers could understand differently, and fields that nobody asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.journeys.bad_input.row import (
    A_PAYOUT,
    JSON,
    PAYOUTS,
    RECIPIENTS,
    Row,
    body,
    good_payout,
    payout,
    recipient,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHAPE, _NESTING, _TWICE, _UNKNOWN, _TYPES = (
    "the body's shape",
    "nesting",
    "names that occur twice",
    "unknown fields",
    "types",
)
_TEXT = json.dumps(good_payout())
_OPEN = _TEXT[:-1]
_CONTENT_TYPES = (
    *(
        "",
        "text/plain",
        "text/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "*/*",
        "application/*",
    ),
    *(
        "application/json; charset=utf-16",
        "application/json; charset=latin-1",
        "application/json; charset*=x''%41",
        "application/json, text/plain",
    ),
)


def _change(
    kind: str, name: str, path: str, changes: object, status: int, code: str, field: str | None
) -> Row:
    return Row(kind, name, "PATCH", path, status, code, field, json.dumps(changes).encode(), JSON)


_NO_DOCUMENTS: Mapping[str, str | bytes] = {"blank": " ", "cut off": _OPEN, "two documents": _TEXT + "{}", "a comment": "/**/" + _TEXT, "single quotes": "{'a': 1}", "a comma too many": _OPEN + ",}", "byte order mark": "\ufeff" + _TEXT, "UTF-16": _TEXT.encode("utf-16"), "Latin-1": b'{"a": "\xe9"}', "overlong NUL": b'{"a": "\xc0\x80"}', "no-break space": "\u00a0" + _TEXT}  # fmt: skip
_NO_VALUES: tuple[tuple[object, str], ...] = ((1, "invalid"), (None, "null"), ({}, "invalid"), (["b"], "invalid"), (True, "invalid"))  # fmt: skip
ROWS = (
    *(body(_SHAPE, name, content) for name, content in _NO_DOCUMENTS.items()),
    *(body(_SHAPE, f"{text} for an object", text, "invalid", field=f" {'null' if text == 'null' else 'invalid'}") for text in ("[]", '"text"', "1", "null", "true")),
    body(_SHAPE, "empty", "", "invalid", field="amount required"),
    body(_SHAPE, "over the limit", _TEXT + " " * 70_000, "request_too_large", status=413),
    body(_NESTING, "thousands of brackets", "[" * 20_000),
    body(_NESTING, "thousands of objects", '{"a":' * 8_000),
    body(_NESTING, "one level too many", _OPEN + ', "metadata": {"a": ' + "[" * 19 + "]" * 19 + "}}"),
    body(_NESTING, "deep and legal", _OPEN + ', "metadata": {"a": ' + "[" * 15 + "]" * 15 + "}}", "invalid", field="metadata.a invalid"),
    body(_TWICE, "amount", _OPEN + ', "amount": "9.00"}'),
    body(_TWICE, "amount, escaped", _OPEN + r', "\u0061mount": "9.00"}'),
    body(_TWICE, "in metadata", _OPEN + ', "metadata": {"a": "1", "a": "2"}}'),
    *(payout(_UNKNOWN, repr(name), name, "unknown_field", **{name: "NEW"})
      for name in ("status", "id", "organization_id", "created_at", "reference", "amount_minor", "", "Amount", "amount ", "__proto__", "non_field_errors")),
    *(recipient(_UNKNOWN, f"{name} of a recipient", name, "unknown_field", **{name: 1}) for name in ("id", "organization_id", "is_active")),
    _change(_UNKNOWN, "amount of a move", f"{PAYOUTS}{A_PAYOUT}/", {"status": "FAILED", "amount": "1.00"}, 400, "invalid", "amount unknown_field"),
    _change(_UNKNOWN, "type of a changed recipient", f"{RECIPIENTS}1/", {"type": "BUSINESS"}, 400, "invalid", "type unknown_field"),
    *(payout(_TYPES, f"metadata {value!r}", "metadata", code, metadata=value) for value, code in [("a", "not_a_dict"), ([], "not_a_dict"), (1, "not_a_dict"), (None, "null")]),
    *(payout(_TYPES, f"metadata of {value!r}", "metadata.a", code, metadata={"a": value}) for value, code in _NO_VALUES),
    *(recipient(_TYPES, f"{name} {value!r}", name, code, **{name: value})
      for name, value, code in [("name", 1, "invalid"), ("name", None, "null"), ("type", "individual", "invalid_choice"), ("type", 1, "invalid"), ("country", "ua", "invalid"),
                                ("country", "U\u00c4", "invalid"), ("account_number", "\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668", "invalid"), ("account_number", 12345678, "invalid")]),
    _change(_TYPES, "a move to nowhere", f"{PAYOUTS}{A_PAYOUT}/", {"status": "PAID"}, 400, "invalid", "status invalid_choice"),
    _change(_TYPES, "a move of null", f"{PAYOUTS}{A_PAYOUT}/", {"status": None}, 400, "invalid", "status null"),
    _change(_TYPES, "a reason that is a number", f"{PAYOUTS}{A_PAYOUT}/", {"status": "FAILED", "reason": 1}, 400, "invalid", "reason invalid"),
    _change(_TYPES, "is_active as text", f"{RECIPIENTS}1/", {"is_active": "true"}, 400, "invalid", "is_active invalid"),
    _change(_TYPES, "nothing to change", f"{RECIPIENTS}1/", {}, 400, "invalid", " required"),
    *(Row("content types", repr(value), "POST", PAYOUTS, 415, "unsupported_media_type", None, _TEXT.encode(), {"Content-Type": value}) for value in _CONTENT_TYPES),
    Row("content types", "compressed", "POST", PAYOUTS, 415, "unsupported_media_type", None, _TEXT.encode(), {**JSON, "Content-Encoding": "gzip"}),
)  # fmt: skip
