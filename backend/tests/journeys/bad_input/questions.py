"""What is asked for in a query, and under which address."""

from __future__ import annotations

from tests.journeys.bad_input.row import A_PAYOUT, JSON, PAYOUTS, RECIPIENTS, Row, query

_FIGURES, _DATES, _CURSORS, _UNKNOWN, _TWICE, _PAGES, _CHOICES = (
    "numbers in filters", "dates in filters", "cursors", "unknown parameters", "given twice", "page_size", "choices",
)  # fmt: skip
_EVENTS = f"{PAYOUTS}{A_PAYOUT}/events/"
_NO_DATES = (
    *(
        "",
        "zzz",
        "2025-02-30",
        "0000-01-01",
        "2025-01-01T12:00:00",
        "2025-01-01T24:00:00Z",
        "2025-01-01T23:59:60Z",
        "2025",
    ),
    *(
        "0001-01-01T00:00:00%2B14:00",
        "9999-12-31T23:59:59-14:00",
        "2025-01-01T00:00:00%2B99:99",
        "%D9%A2%D9%A0%D9%A2%D9%A5-01-01",
    ),
)
_TAKES_NONE = (
    ("GET", f"{PAYOUTS}{A_PAYOUT}/"), ("PATCH", f"{PAYOUTS}{A_PAYOUT}/"), ("DELETE", f"{PAYOUTS}{A_PAYOUT}/"), ("POST", PAYOUTS), ("POST", RECIPIENTS),
    ("GET", f"{RECIPIENTS}1/"), ("PATCH", f"{RECIPIENTS}1/"), ("POST", "/api/rails/sandbox/callbacks/"),
    ("GET", "/health/"), ("GET", "/health/live/"), ("GET", "/health/ready/"), ("GET", "/api/schema/"), ("GET", "/api/docs/"),
)  # fmt: skip

ROWS = (
    *(query(_FIGURES, f"amount_from={text}", "amount_from", "invalid_amount") for text in ("", "NaN", "Infinity", "1e999999999", "abc", "-1", "%2B1", "1.1234567")),
    query(_FIGURES, "amount_from=2&amount_to=1", "amount_to", "empty_range"),
    *(query(_DATES, f"created_from={text}", "created_from", "invalid") for text in _NO_DATES),
    query(_DATES, "created_to=zzz", "created_to", "invalid"),
    query(_DATES, "created_from=2025-02-01&created_to=2025-01-01", "created_to", "empty_range"),
    *(query(_CURSORS, f"cursor={text}", "cursor", "invalid_cursor", path=path, of="invalid_cursor")
      for path in (PAYOUTS, RECIPIENTS, _EVENTS) for text in ("zzz", "bjE", "n1.AAAA", "n9" + "9" * 400 + ".x")),
    query(_CURSORS, "cursor=", "cursor", "blank"),
    *(query(_UNKNOWN, f"{name}=1", name, "unknown_field") for name in ("ordering", "page", "offset", "format", "Status", "status[]", "metadata.a", "metadata[a", "metadata[a][b]")),
    query(_UNKNOWN, "=1", "", "unknown_field"),
    query(_UNKNOWN, "metadata=1", "metadata", "invalid"),
    query(_UNKNOWN, "currency=USD", "currency", "unknown_field", path=RECIPIENTS),
    query(_UNKNOWN, "currency=USD", "currency", "unknown_field", path=_EVENTS),
    *(Row(_UNKNOWN, f"{method} {path}", method, f"{path}?version=%00", 400, "invalid", "version unknown_field", headers=JSON) for method, path in _TAKES_NONE),
    *(query(_TWICE, f"{name}=1&{name}=2", name, "repeated") for name in ("currency", "stage", "cursor", "page_size", "recipient_id", "amount_from", "metadata[a]")),
    query(_TWICE, "metadata[e%CC%81]=1&metadata[%C3%A9]=2", "metadata[\u00e9]", "repeated"),
    query(_TWICE, "page_size=1&page_size=2", "page_size", "repeated", path=RECIPIENTS),
    *(query(_PAGES, f"page_size={text}", "page_size", "invalid") for text in ("", "0", "-1", "101", "1000000", "1.5", "x", "1e1", "05", "%D9%A5")),
    *(query(_PAGES, "page_size=0", "page_size", "invalid", path=path) for path in (RECIPIENTS, _EVENTS)),
    *(query(_CHOICES, f"status={text}", "status", "invalid_choice") for text in ("", "new", "PAID", "NEW,FAILED")),
    query(_CHOICES, "stage=READY", "stage", "invalid_choice"),
    query(_CHOICES, "currency=usd", "currency", "invalid"),
    query(_CHOICES, "reference=x", "reference", "invalid"),
    query(_CHOICES, "idempotency_key=short", "idempotency_key", "invalid_idempotency_key"),
    *(Row("addresses", path, "GET", path, 404, "not_found") for path in ("/api/nonesuch/", "/api/payouts", "/api/", "//api/payouts/", "/API/payouts/", "/nonesuch/", "/api/payouts/1%2F/", "/api/%00/", "/%FF/", "/health")),
    Row("addresses", "a write to nowhere", "POST", "/api/nonesuch/", 404, "not_found", headers=JSON),
    *(Row("methods", f"{method} {path}", method, path, 405, "method_not_allowed", headers=JSON)
      for method, path in (("PUT", PAYOUTS), ("DELETE", PAYOUTS), ("TRACE", PAYOUTS), ("BREW", PAYOUTS), ("POST", _EVENTS), ("PUT", f"{RECIPIENTS}1/"), ("DELETE", f"{RECIPIENTS}1/"), ("POST", "/health/"), ("OPTIONS", "/api/docs/"))),
)  # fmt: skip
