"""What sloppy and hostile clients send. Each of these must be refused with a 4xx, and change nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PAYOUTS = "/api/payouts/"
_BIGINT_END = 2**63
_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class BadRequest:
    name: str
    method: str = "POST"
    path: str = _PAYOUTS
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: _JSON)


def bad_requests(recipient_id: int) -> tuple[BadRequest, ...]:
    """Everything but the one bad thing of each request is as it should be."""
    good = {
        "recipient_id": recipient_id,
        "amount": "100.50",
        "currency": "EUR",
        "idempotency_key": "never-to-be-stored",
    }
    return (*_bad_fields(good), *_bad_bodies(good), *_BAD_PATHS, *_BAD_CALLS)


_BAD_FIELDS: Mapping[str, Mapping[str, Any]] = {
    "recipient as text": {"recipient_id": "1"},
    "recipient as a fraction": {"recipient_id": 1.5},
    "recipient nobody knows": {"recipient_id": _BIGINT_END - 1},
    "recipient out of range": {"recipient_id": _BIGINT_END},
    "amount as a number": {"amount": 100.5},
    "amount below zero": {"amount": "-5.00"},
    "amount of zero": {"amount": "0.00"},
    "amount with too many decimals": {"amount": "1.005"},
    "amount with decimals of a currency without": {"amount": "1.0", "currency": "JPY"},
    "amount above the limit": {"amount": "100000000000.01"},
    "amount of a thousand digits": {"amount": "9" * 1000},
    "amount with an exponent": {"amount": "1e3"},
    "amount in other digits": {"amount": "١٢٣"},
    "currency in small letters": {"currency": "eur"},
    "currency that is none": {"currency": "ZZZ"},
    "key too short": {"idempotency_key": "short"},
    "key with a hidden character": {"idempotency_key": "hidden\u200bcharacter"},
    "no key": {"idempotency_key": None},
    "status of the client's choice": {"status": "COMPLETED"},
    "metadata with NUL": {"metadata": {"note": "a\x00b"}},
    "metadata that reorders text": {"metadata": {"note": "\u202eevil"}},
    "metadata that is no map": {"metadata": ["note"]},
}


def _bad_fields(good: Mapping[str, Any]) -> Iterator[BadRequest]:
    for name, changes in _BAD_FIELDS.items():
        yield BadRequest(name, content=json.dumps({**good, **changes}).encode())


def _bad_bodies(good: Mapping[str, Any]) -> Iterator[BadRequest]:
    text = json.dumps(good)
    yield BadRequest("empty body")
    yield BadRequest("broken JSON", content=text[:-1].encode())
    yield BadRequest("not an object", content=f"[{text}]".encode())
    yield BadRequest("nested without end", content=b"[" * 3_000)
    yield BadRequest("a field twice", content=f'{text[:-1]}, "amount": "1.00"}}'.encode())
    yield BadRequest("a constant JSON does not have", content=text.replace('"100.50"', "NaN").encode())
    yield BadRequest("a lone surrogate", content=text.replace("never", "\\ud800").encode())
    yield BadRequest("not UTF-8", content=text.replace("EUR", "\xe9").encode("latin-1"))
    yield BadRequest("another content type", content=text.encode(), headers={"Content-Type": "text/plain"})
    yield BadRequest("oversized", content=text.encode() + b" " * 100_000)
    yield BadRequest("two keys", content=text.encode(), headers={**_JSON, "Idempotency-Key": "another-key"})
    yield BadRequest("no valid API key", content=text.encode(), headers={"Authorization": "Bearer nonsense"})


_BAD_PATHS = tuple(
    BadRequest(f"GET {path}", "GET", f"{_PAYOUTS}{path}", headers={})
    for path in (
        "?cursor=made-up",
        "?cursor=%00",
        "?page_size=0",
        "?page_size=1e999",
        "?amount_from=NaN",
        "?created_from=2026-02-30",
        "?status=PAID",
        "?unheard_of=1",
        "?metadata[note]=%00",
        "letters/",
        "1.5/",
        f"{_BIGINT_END}/",
        f"{'9' * 400}/events/",
    )
)

_BAD_CALLS = (
    BadRequest("move of nothing", "PATCH", f"{_PAYOUTS}{_BIGINT_END - 1}/", b'{"status": "CANCELED"}'),
    BadRequest("move to nowhere", "PATCH", f"{_PAYOUTS}1/", b'{"status": "PAID"}'),
    BadRequest("deletion of nothing", "DELETE", f"{_PAYOUTS}{_BIGINT_END - 1}/"),
    BadRequest("method that is not there", "PUT", _PAYOUTS, b"{}"),
)
