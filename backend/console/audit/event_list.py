"""One page of the audit: its rows, the way on, and what is shown above it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from console.audit.event_query import AFTER, ANY_END
from console.audit.subjects import KINDS, Subject, subject_of
from events.selectors import EventFilters, find_events, find_position

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django.http import HttpRequest

    from console.audit.event_query import EventQuery
    from events.models import Event


ROWS_ON_A_PAGE = 50
# A kind of input.
MOMENT = "datetime-local"
# Of what no index has alone; all of them are read from the table, for a page that comes at once.
MOST_LOOKED_THROUGH = 20_000


class Row(NamedTuple):
    event: Event
    subject: Subject


@dataclass(frozen=True)
class EventList:
    """`older` is the address of the next page, empty at the end.

    `looked_back_to` is given when so many events were looked through that the page ended there.
    """

    rows: Sequence[Row] = ()
    older: str = ""
    looked_back_to: datetime | None = None


def make_list(request: HttpRequest, query: EventQuery, *, organization_id: int) -> EventList:
    """Nothing when the query was not understood."""
    if query.problems:
        return EventList()
    read = dict(query.read)
    after = read.pop(AFTER, None)
    page = find_events(
        organization_id=organization_id,
        filters=_filters(read),
        after=find_position(organization_id=organization_id, event_id=after) if after else None,
        size=ROWS_ON_A_PAGE,
        window=MOST_LOOKED_THROUGH,
    )
    rows = [Row(event, subject_of(request, event)) for event in page.events]
    if page.after is None:
        return EventList(rows)
    older = f"?{query.address_with(**{AFTER: page.after.row_id})}"
    return EventList(rows, older, page.after.moment if page.is_cut_off else None)


def _filters(read: dict[str, Any]) -> EventFilters:
    actor = read.pop("actor", "")
    if actor.endswith(ANY_END):
        return EventFilters(**read, actor_begins=actor.removesuffix(ANY_END))
    return EventFilters(**read, actor=actor or None)


class Input(NamedTuple):
    """Above the list. One with choices is a select."""

    name: str
    label: str
    value: str
    kind: str
    hint: str
    problem: str
    choices: Sequence[tuple[str, str]] = ()


def make_inputs(query: EventQuery) -> list[Input]:
    return [
        Input(name, label, _shown(query, name, kind), kind, hint, query.problems.get(name, ""), choices)
        for name, label, kind, hint, choices in _INPUTS
    ]


def _shown(query: EventQuery, name: str, kind: str) -> str:
    """Browsers take nothing but whole minutes here, and complain of anything else."""
    if kind != MOMENT:
        return query.given.get(name, "")
    moment: datetime | None = query.read.get(name)
    return "" if moment is None else f"{moment:%Y-%m-%dT%H:%M}"


def other_problems(query: EventQuery) -> list[str]:
    """What is wrong with parameters that have no input."""
    known = {name for name, *_ in _INPUTS}
    return [f"{name}: {problem}" for name, problem in query.problems.items() if name not in known]


_INPUTS: tuple[tuple[str, str, str, str, Sequence[tuple[str, str]]], ...] = (
    ("subject_type", "About a", "select", "", [(name, kind.words) for name, kind in KINDS.items()]),
    ("subject", "Id or reference", "text", "", ()),
    ("type", "Event", "text", "PayoutHeld", ()),
    ("actor", "Actor", "text", f"operator:mary, api-key:{ANY_END}", ()),
    ("request_id", "Request id", "text", "", ()),
    ("occurred_from", "From (UTC)", MOMENT, "", ()),
    ("occurred_to", "To (UTC)", MOMENT, "", ()),
)
