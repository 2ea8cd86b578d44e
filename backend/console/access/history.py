"""What the event log tells of a key, an organization or an operator, for a person to read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from events.models import Event

MOST_EVENTS = 200
# The page is about them.
_LEFT_OUT = {"public_id", "operator"}


@dataclass(frozen=True)
class Line:
    occurred_at: datetime
    type: str
    actor: str
    details: tuple[str, ...]


def history(events: Iterable[Event]) -> list[Line]:
    """Newest first. What several organizations are told of one act is told once."""
    told = {(event.occurred_at, event.type, event.actor): event for event in events}
    newest_first = sorted(told.values(), key=lambda event: event.pk, reverse=True)
    return [
        Line(each.occurred_at, each.type, each.actor, tuple(_details(each.data))) for each in newest_first
    ]


def _details(data: Mapping[str, Any]) -> list[str]:
    before, after = data.get("before"), data.get("after")
    if isinstance(before, dict) and isinstance(after, dict):
        return [f"{name}: {_text(before[name])} → {_text(after[name])}" for name in before]
    return [f"{name}: {_text(value)}" for name, value in data.items() if name not in _LEFT_OUT]


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(each) for each in value) or "none"
    return "none" if value is None else str(value)
