from __future__ import annotations

from typing import TYPE_CHECKING

from access.repositories import mark_api_keys_used
from database.transactions import in_transaction

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime


@in_transaction("note_key_uses")
def note_key_uses(*, public_ids: Collection[str], used_at: datetime) -> int:
    """Afterwards none of the keys was last used before that. Returns how many were, as far as it was known.

    A key that somebody holds locked is left for the next time.
    """
    return mark_api_keys_used(public_ids, used_at=used_at)
