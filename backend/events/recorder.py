"""Writing to the event log, always in the transaction of the change that is told of."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db import connection

from core.request_context import request_id
from database.postgresql.statement import Statement
from database.statements import rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class NewEvent:
    organization_id: int
    type: str
    subject_type: str
    subject_id: int
    actor: str
    data: Mapping[str, Any] = field(default_factory=dict)
    traceparent: str = ""


# One statement for a whole batch, log and markers: an event without its marker cannot be written. Ids are
# drawn first, since a marker has what its event has not. What the events say travels as one text: in an array
# each of its quotes would have to be escaped, which takes longer than all the rest.
_RECORD = """
WITH new AS MATERIALIZED (
    SELECT nextval('events_event_id_seq') AS id, *
    FROM ROWS FROM (
        unnest(
            %(organization_ids)s::bigint[], %(subject_types)s::text[], %(subject_ids)s::bigint[],
            %(types)s::text[], %(actors)s::text[], %(traceparents)s::text[]
        ),
        jsonb_array_elements(%(data)s::jsonb)
    ) AS given (organization_id, subject_type, subject_id, type, actor, traceparent, data)
), recorded AS (
    INSERT INTO events_event (id, organization_id, subject_type, subject_id, type, data, actor, request_id)
    SELECT id, organization_id, subject_type, subject_id, type, data, actor, %(request_id)s FROM new
)
INSERT INTO events_pendingevent (event_id, traceparent) SELECT id, traceparent FROM new
"""


def record_events(events: Sequence[NewEvent]) -> None:
    """Append the events, in order, and mark them for the relay. Must run inside the caller's transaction."""
    if not connection.in_atomic_block:
        raise RuntimeError("events are recorded in the transaction of what they tell of")
    if not events:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _RECORD,
            {
                "request_id": request_id.get(),
                "organization_ids": [event.organization_id for event in events],
                "subject_types": [event.subject_type for event in events],
                "subject_ids": [event.subject_id for event in events],
                "types": [event.type for event in events],
                "data": json.dumps([event.data for event in events]),
                "actors": [event.actor for event in events],
                "traceparents": [event.traceparent for event in events],
            },
        )


_INSERT_WITH_EVENT = """
WITH inserted AS (
    {insert}
), new AS MATERIALIZED (
    SELECT nextval('events_event_id_seq') AS id, inserted.id AS subject_id FROM inserted
), recorded AS (
    INSERT INTO events_event (id, organization_id, subject_type, subject_id, type, data, actor, request_id)
    SELECT id, %s, %s, subject_id, %s, %s::jsonb, %s, %s FROM new
), marked AS (
    INSERT INTO events_pendingevent (event_id, traceparent) SELECT id, %s FROM new
)
SELECT subject_id FROM new
"""


def insert_with_event(insert: str, values: Sequence[Any], event: NewEvent) -> int | None:
    """Insert a row with its event and the event's marker, all in one statement, and return the row's id.

    `insert` is an INSERT of at most one row that returns its id. The event is of that row, whatever subject
    it names. None, and nothing written, when none is inserted.
    """
    data = json.dumps(event.data)
    told: list[Any] = [event.organization_id, event.subject_type, event.type, data, event.actor]
    rows = rows_of(_with_event(insert), [*values, *told, request_id.get(), event.traceparent])
    return int(rows[0][0]) if rows else None


@cache
def _with_event(insert: str) -> Statement:
    return Statement(_INSERT_WITH_EVENT.format(insert=insert), is_planned_once=True)
