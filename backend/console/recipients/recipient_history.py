"""What the event log tells of a recipient, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from payouts.domain.events import AccountEvent, RecipientEvent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from events.models import Event

FIELD_WORDS: Mapping[str, str] = {
    "name": "name",
    "account_number": "account number",
    "bank_code": "bank code",
    "country": "country",
    # What was written before the log told which way.
    "is_active": "active or not",
}
_TITLES: Mapping[str, str] = {
    RecipientEvent.CREATED.value: "Created",
    AccountEvent.NUMBER_REVEALED.value: "Account number shown in full",
    AccountEvent.NUMBER_SEARCHED.value: "Found by the whole account number",
}


@dataclass(frozen=True)
class Change:
    """Of bank details, the account number masked."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    event_id: int
    title: str
    occurred_at: datetime
    actor: str
    reason: str
    changes: tuple[Change, ...]


def line_of(event: Event) -> Line:
    return Line(
        event_id=event.pk,
        title=_title_of(event),
        occurred_at=event.occurred_at,
        actor=event.actor,
        reason=str(event.data.get("reason", "")),
        changes=tuple(_changes_in(event.data.get("bank_details", {}))),
    )


def _title_of(event: Event) -> str:
    if event.type != RecipientEvent.CHANGED.value:
        return _TITLES.get(event.type, event.type)
    match event.data.get("is_active"):
        case True:
            return "Reactivated"
        case False:
            return "Deactivated"
        case _:
            fields = [FIELD_WORDS.get(name, name) for name in event.data.get("fields", [])]
            return f"Changed: {', '.join(fields)}"


def _changes_in(bank_details: Mapping[str, Any]) -> list[Change]:
    return [
        Change(FIELD_WORDS.get(name, name), str(moved.get("before", "")), str(moved.get("after", "")))
        for name, moved in bank_details.items()
    ]
