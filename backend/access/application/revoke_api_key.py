from __future__ import annotations

from typing import TYPE_CHECKING

from access.application.api_key_events import record_api_key_event
from access.repositories import lock_api_key
from database.transactions import in_transaction

if TYPE_CHECKING:
    from datetime import datetime

    from access.models import ApiKey


@in_transaction("revoke_api_key")
def revoke_api_key(*, public_id: str, actor: str, now: datetime) -> ApiKey:
    """Afterwards no request is let in with the key. Revoking again changes nothing. Raises ApiKeyNotFound."""
    api_key = lock_api_key(public_id)
    if api_key.revoked_at is None:
        api_key.revoked_at = now
        api_key.save(update_fields=["revoked_at"])
        record_api_key_event("ApiKeyRevoked", api_key, actor=actor)
    return api_key
