"""What the event log tells of API keys: never a secret, nor its hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from events.recorder import NewEvent, record_events

if TYPE_CHECKING:
    from access.models import ApiKey


def record_api_key_event(event_type: str, api_key: ApiKey, *, actor: str, **data: Any) -> None:
    record_events(
        [
            NewEvent(
                organization_id=api_key.organization_id,
                type=event_type,
                subject_type="api_key",
                subject_id=api_key.pk,
                actor=actor,
                data={"public_id": api_key.public_id, **data},
            )
        ]
    )


def terms_of(api_key: ApiKey) -> dict[str, Any]:
    """What can be changed about a key, as the event log writes it."""
    return {
        "name": api_key.name,
        "scopes": api_key.scopes,
        "allowed_networks": api_key.allowed_networks,
        "expires_at": api_key.expires_at and api_key.expires_at.isoformat(),
    }
