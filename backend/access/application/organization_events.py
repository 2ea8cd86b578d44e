from __future__ import annotations

from typing import TYPE_CHECKING

from events.recorder import NewEvent, record_events

if TYPE_CHECKING:
    from access.models import Organization


def record_organization_event(
    event_type: str, organization: Organization, *, actor: str, **data: str
) -> None:
    record_events(
        [
            NewEvent(
                organization_id=organization.pk,
                type=event_type,
                subject_type="organization",
                subject_id=organization.pk,
                actor=actor,
                data=data,
            )
        ]
    )
