"""Ids, amounts and other figures that are not written the one way they are taken."""

from __future__ import annotations

from tests.journeys.bad_input.row import LARGEST_BIGINT, Row, body, payout, query

_IDS, _AMOUNTS, _JSON = "ids", "amounts", "numbers in JSON"
_NO_IDS = (
    "x",
    "1.5",
    "1e3",
    "0",
    "-1",
    "+1",
    "01",
    "9" * 400,
    str(LARGEST_BIGINT + 1),
    "%D9%A1",
    "1%00",
    "%FF",
    "%00",
    "null",
)
_NO_AMOUNTS = (
    *(
        "",
        " ",
        "abc",
        "NaN",
        "Infinity",
        "1e2",
        "1E+2",
        "+5",
        "-5",
        "-0",
        "0",
        "0.00",
        "1_000",
        "1,00",
        "1 000",
    ),
    *(
        " 10.00",
        "10.00 ",
        "01.00",
        ".5",
        "5.",
        "١٢٣",
        "\uff11\uff10",
        "1.005",
        "9" * 1000,
        "1e999999999",
        "10\n",
        "0x10",
    ),
)
_NO_NUMBERS: tuple[object, ...] = (100, 100.5, 0.1, True, None, [], {}, ["1"])


def _with_recipient(written: str) -> str:
    rest = '"amount": "1.00", "currency": "EUR", "idempotency_key": "never-to-be-stored"'
    return f'{{"recipient_id": {written}, {rest}}}'


_NO_RECIPIENTS: tuple[object, ...] = ("1", "", "x", 1.5, 0, -1, True, [1], {}, LARGEST_BIGINT + 1, 10**400)  # fmt: skip
ROWS = (
    *(Row(_IDS, f"payout {text[:20]}", "GET", f"/api/payouts/{text}/", 404, "payout_not_found") for text in _NO_IDS),
    *(Row(_IDS, f"events of {text[:20]}", "GET", f"/api/payouts/{text}/events/", 404, "payout_not_found") for text in _NO_IDS[:4]),
    *(Row(_IDS, f"GET recipient {text[:20]}", "GET", f"/api/recipients/{text}/", 404, "recipient_not_found") for text in _NO_IDS[:9]),
    *(Row(_IDS, f"deletion of {text[:20]}", "DELETE", f"/api/payouts/{text}/", 404, "payout_not_found") for text in _NO_IDS[:4]),
    *(query(_IDS, f"recipient_id={text}", "recipient_id", "invalid") for text in ("", "x", "0", "-1", "1.5", "1e3", "01", "9" * 400, "%D9%A1")),
    *(payout(_IDS, f"recipient {value!r}"[:40], "recipient_id", "invalid", recipient_id=value)
      for value in _NO_RECIPIENTS),
    Row(_IDS, "letters in a rail's code", "POST", "/api/rails/1.5/callbacks/", 404, "not_found"),
    *(payout(_AMOUNTS, repr(text)[:30], "amount", "invalid_amount", amount=text) for text in _NO_AMOUNTS),
    *(payout(_AMOUNTS, f"as {value!r}", "amount", "null" if value is None else "invalid_amount", amount=value) for value in _NO_NUMBERS),
    payout(_AMOUNTS, "decimals of yen", "amount", "invalid_amount", amount="1.0", currency="JPY"),
    payout(_AMOUNTS, "four decimals of dinars", "amount", "invalid_amount", amount="1.0011", currency="KWD"),
    payout(_AMOUNTS, "above the limit", "amount", "invalid_amount", amount="100000000000.01"),
    *(payout("currencies", repr(value), "currency", code, currency=value)
      for value, code in [("eur", "invalid"), ("ZZZ", "unknown_currency"), ("XAU", "unknown_currency"), ("", "blank"), (978, "invalid"), (None, "null")]),
    *(body(_JSON, f"recipient {written}"[:40], _with_recipient(written), "invalid", field="recipient_id invalid")
      for written in ("1.0", "1e0", "-0", "1E400", "true", "9" * 4000)),
    *(body(_JSON, f"recipient {written[:24]}", _with_recipient(written))
      for written in ("1e9999999999999999999", "9" * 5000, "NaN", "Infinity", "-Infinity", "01", "+1", "0x1", ".5")),
)  # fmt: skip
