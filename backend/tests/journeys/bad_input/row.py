"""One line of the table: a request with one thing wrong with it, and the answer it must get."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

PAYOUTS, RECIPIENTS = "/api/payouts/", "/api/recipients/"
JSON: Mapping[str, str] = {"Content-Type": "application/json"}
LARGEST_BIGINT = 2**63 - 1
NEVER_STORED = "never-to-be-stored"
# Stand for what the stack has, wherever they are in a path or a body.
A_PAYOUT, A_RECIPIENT = "{payout}", "{recipient}"


@dataclass(frozen=True)
class Row:
    kind: str
    """The class of bad input that it is an example of."""
    name: str
    method: str
    path: str
    status: int
    code: str
    named: str | None = None
    """What `errors` must name; None where there is no field to name."""
    content: bytes = b""
    headers: Mapping[str, str | bytes] = field(default_factory=dict)
    has_key: bool = True

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


@dataclass(frozen=True)
class RawRow:
    """Bytes that no HTTP client would send. What has no request line is sent with that of the list."""

    kind: str
    name: str
    request: bytes
    status: int
    code: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


def good_payout(**changes: Any) -> dict[str, Any]:
    good = {"recipient_id": A_RECIPIENT, "amount": "1.00", "currency": "EUR", "idempotency_key": NEVER_STORED}
    return {name: value for name, value in (good | changes).items() if value is not ...}


def payout(kind: str, name: str, field: str | None, code: str, /, **changes: Any) -> Row:
    """A creation with these changes; `...` leaves a field out. The answer's own code is `invalid`."""
    body = json.dumps(good_payout(**changes)).encode()
    return Row(
        kind,
        name,
        "POST",
        PAYOUTS,
        400,
        "invalid" if field is not None else code,
        _at(field, code),
        body,
        JSON,
    )


def recipient(kind: str, name: str, field: str, code: str, /, **changes: Any) -> Row:
    good = {"type": "INDIVIDUAL", "name": "Never Stored", "account_number": "UA1234567890"}
    body = {name: value for name, value in (good | changes).items() if value is not ...}
    return Row(
        kind, name, "POST", RECIPIENTS, 400, "invalid", _at(field, code), json.dumps(body).encode(), JSON
    )


def body(
    kind: str,
    name: str,
    content: str | bytes,
    code: str = "unreadable_json",
    *,
    status: int = 400,
    field: str | None = None,
) -> Row:
    raw = content.encode() if isinstance(content, str) else content
    return Row(kind, name, "POST", PAYOUTS, status, code, field, raw, JSON)


def query(
    kind: str, parameters: str, field: str, code: str, *, path: str = PAYOUTS, of: str = "invalid"
) -> Row:
    """A question with these parameters, as they stand in the address."""
    return Row(kind, f"{path}?{parameters}"[:90], "GET", f"{path}?{parameters}", 400, of, _at(field, code))


def _at(field: str | None, code: str) -> str | None:
    return None if field is None else f"{field} {code}"
