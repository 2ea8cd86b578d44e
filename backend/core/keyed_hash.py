"""Hashes that only who has the key can compute: a copy of them cannot be searched by trying all numbers."""

from __future__ import annotations

import hashlib
import hmac


def keyed_hash(text: str, *, key: str, purpose: str, organization_id: int) -> str:
    """HMAC-SHA256 in hex, under a key of its own for each purpose and organization.

    Equal texts of two organizations have nothing in common.
    """
    own_key = hmac.digest(key.encode(), f"{purpose}:{organization_id}".encode(), hashlib.sha256)
    return hmac.digest(own_key, text.encode(), hashlib.sha256).hex()
