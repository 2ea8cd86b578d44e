"""What the event log tells of people: each organization of theirs is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from access.selectors import list_organization_ids_of
from events.recorder import NewEvent, record_events

if TYPE_CHECKING:
    from access.models import Operator

log = structlog.get_logger(__name__)


def record_operator_event(event_type: str, operator: Operator, *, actor: str, **data: Any) -> None:
    """An operator who works for nobody is told of in the log alone: no organization owns the event."""
    username = operator.get_username()
    log.info("operator_changed", operator=username, change=event_type, actor=actor)
    record_events(
        [
            NewEvent(
                organization_id=organization_id,
                type=event_type,
                subject_type="operator",
                subject_id=operator.pk,
                actor=actor,
                data={"operator": username, **data},
            )
            for organization_id in list_organization_ids_of(operator)
        ]
    )
