"""The key that names a payout for ever, and the fingerprint of what was asked for under it."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from core.exceptions import Conflict, FieldProblem, Invalid, Unprocessable

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_MIN_LENGTH, KEY_MAX_LENGTH = 8, 64
_KEY = re.compile(rf"[!-~]{{{KEY_MIN_LENGTH},{KEY_MAX_LENGTH}}}", re.ASCII)
FINGERPRINT_VERSION = "v1"
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


class InvalidIdempotencyKey(Invalid):
    code = "invalid_idempotency_key"
    title = "The idempotency key is not valid"

    def __init__(self) -> None:
        super().__init__(
            f"The idempotency key must be {KEY_MIN_LENGTH} to {KEY_MAX_LENGTH} visible ASCII characters."
        )


class IdempotencyKeyReused(Unprocessable):
    code = "idempotency_key_reused"
    title = "The idempotency key belongs to another request"

    def __init__(self, fields: list[str], payout_id: int) -> None:
        super().__init__(
            f"This key was used for payout {payout_id} with another {', '.join(fields)}.",
            problems=tuple(
                FieldProblem(field, "differs", f"Differs from the first request of payout {payout_id}.")
                for field in fields
            ),
        )


class IdempotencyKeyDeleted(Conflict):
    code = "idempotency_key_deleted"
    title = "The idempotency key belongs to a deleted payout"

    def __init__(self) -> None:
        super().__init__("The payout with this key was deleted; its key is not free. Use a new one.")


def ensure_idempotency_key(key: str) -> None:
    """Raises InvalidIdempotencyKey."""
    if _KEY.fullmatch(key) is None:
        raise InvalidIdempotencyKey


@dataclass(frozen=True)
class RequestedContent:
    """The fields in which two requests with one key must agree, under the names that clients know."""

    recipient_id: int
    amount: int
    currency: str
    metadata: Mapping[str, str]

    def fingerprint(self) -> str:
        """A versioned SHA-256 over the normalised fields; `amount` is in minor units."""
        canonical = _CANONICAL.encode(vars(self))
        return f"{FINGERPRINT_VERSION}:{hashlib.sha256(canonical.encode()).hexdigest()}"

    def differing_fields(self, other: RequestedContent) -> list[str]:
        mine, others = asdict(self), asdict(other)
        return [name for name in mine if mine[name] != others[name]]
