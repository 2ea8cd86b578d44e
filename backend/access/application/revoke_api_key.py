from __future__ import annotations

from typing import TYPE_CHECKING

from access.repositories import lock_api_key
from database.transactions import in_transaction
from events.recorder import NewEvent, record_events

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
        record_events(
            [
                NewEvent(
                    organization_id=api_key.organization_id,
                    type="ApiKeyRevoked",
                    subject_type="api_key",
                    subject_id=api_key.pk,
                    actor=actor,
                    data={"public_id": api_key.public_id},
                )
            ]
        )
    return api_key
