"""The writers' door to the markers of the relay."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.db import connection

from core.event_bus import RecordedEvent

if TYPE_CHECKING:
    from collections.abc import Collection

# MATERIALIZED keeps the planner from joining the sub-select as a nested loop, which would take (and lock)
# many more rows than the limit. Markers and events are found by their ids, one by one (ARRAY, OFFSET 0): as a
# join, the planner may read the whole log for a thousand of its events.
_TAKE = """
WITH due AS MATERIALIZED (
    SELECT event_id FROM events_pendingevent
    WHERE due_at <= statement_timestamp()
    ORDER BY due_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE events_pendingevent
    SET due_at = statement_timestamp() + %(lease_seconds)s * interval '1 second'
    WHERE event_id = ANY (ARRAY (SELECT event_id FROM due))
    RETURNING event_id, traceparent
)
SELECT event.id, event.organization_id, event.type, event.subject_type, event.subject_id, event.data::text,
    taken.traceparent,
    extract(epoch FROM statement_timestamp() - event.occurred_at)::float8
FROM taken CROSS JOIN LATERAL (SELECT * FROM events_event WHERE id = taken.event_id OFFSET 0) AS event
"""

_DISCARD = "DELETE FROM events_pendingevent WHERE event_id = ANY(%(event_ids)s) RETURNING event_id"

_DELAY = """
UPDATE events_pendingevent
SET failures = failures + 1,
    due_at = statement_timestamp() + least(2 ^ least(failures, 30), %(longest_seconds)s) * interval '1 second'
WHERE event_id = ANY(%(event_ids)s)
"""


def take_due_events(*, limit: int, lease_seconds: float) -> list[RecordedEvent]:
    """Take up to `limit` due events for this relay alone, until the lease runs out. Oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"limit": limit, "lease_seconds": lease_seconds})
        rows = cursor.fetchall()
    return [_read_event(*row) for row in sorted(rows)]


def _read_event(
    event_id: int,
    organization_id: int,
    event_type: str,
    subject_type: str,
    subject_id: int,
    data: str,
    traceparent: str,
    age_seconds: float,
) -> RecordedEvent:
    facts = json.loads(data)
    return RecordedEvent(
        event_id, organization_id, event_type, subject_type, subject_id, facts, traceparent, age_seconds
    )


def discard_markers(event_ids: Collection[int]) -> set[int]:
    """Afterwards no relay hands these events over again; returns those that no other has discarded before."""
    if not event_ids:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(_DISCARD, {"event_ids": list(event_ids)})
        return {event_id for (event_id,) in cursor.fetchall()}


def delay_markers(event_ids: Collection[int], *, longest_seconds: float) -> None:
    """Try these again after 1, 2, 4 … seconds, at most `longest_seconds`, by how often they failed before."""
    if not event_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(_DELAY, {"event_ids": list(event_ids), "longest_seconds": longest_seconds})
