"""What happened to a payout, event by event, in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from console.payouts.actor_words import words_of_actor
from console.payouts.evidence import Fact, facts_in
from console.payouts.failure_words import rails_words_of, reason_of
from payouts.domain.events import AccountEvent, PayoutEvent
from payouts.domain.settlement import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from events.models import Event

TITLES: Mapping[str, tuple[str, str]] = {
    PayoutEvent.CREATED.value: ("Created", ""),
    PayoutEvent.HELD.value: ("Put on hold", "warn"),
    PayoutEvent.RELEASED.value: ("Released", "info"),
    PayoutEvent.TAKEN_OVER.value: ("Taken over, to be paid by hand", "warn"),
    PayoutEvent.SENDING.value: ("Being sent", "info"),
    PayoutEvent.ACCEPTED.value: ("Accepted by the bank", "info"),
    PayoutEvent.RETRY_SCHEDULED.value: ("To be tried again", "warn"),
    PayoutEvent.OUTCOME_UNKNOWN.value: ("Outcome unknown", "warn"),
    PayoutEvent.OUTCOME_CONTRADICTED.value: ("The bank contradicts itself", "bad"),
    PayoutEvent.REVIEW_NEEDED.value: ("Needs a person", "warn"),
    PayoutEvent.COMPLETED.value: ("Paid", "good"),
    PayoutEvent.FAILED.value: ("Failed", "bad"),
    PayoutEvent.RETURNED.value: ("Money came back", "bad"),
    PayoutEvent.CANCELED.value: ("Canceled", ""),
    PayoutEvent.DELETED.value: ("Deleted", ""),
    PayoutEvent.INQUIRY_REQUESTED.value: ("The bank is to be asked", "info"),
    PayoutEvent.INQUIRY_ANSWERED.value: ("The bank answered, and nothing new", ""),
    PayoutEvent.SETTLEMENT_PROPOSED.value: ("Settlement proposed", "warn"),
    PayoutEvent.SETTLEMENT_REFUSED.value: ("Proposed settlement refused", ""),
    PayoutEvent.SETTLEMENT_OVERTAKEN.value: ("Proposed settlement overtaken", ""),
    AccountEvent.NUMBER_REVEALED.value: ("Account number shown in full", "warn"),
}

VERDICTS: Mapping[str, str] = {
    Verdict.PAID.value: "it was paid",
    Verdict.NOT_PAID.value: "it was not paid",
}


@dataclass(frozen=True)
class Happening:
    """`tone` is the colour: good, bad, warn, info or none."""

    title: str
    tone: str
    occurred_at: datetime
    actor: str
    reason: str
    notes: list[str] = field(default_factory=list)
    evidence: list[Fact] = field(default_factory=list)


def happening_of(event: Event) -> Happening:
    title, tone = TITLES.get(event.type, (event.type, ""))
    return Happening(
        title=title,
        tone=tone,
        occurred_at=event.occurred_at,
        actor=words_of_actor(event.actor),
        reason=str(event.data.get("reason", "")),
        notes=_notes_on(event.data),
        evidence=facts_in(event.data.get("evidence")),
    )


def _notes_on(data: Mapping[str, Any]) -> list[str]:
    notes = []
    if "attempt" in data:
        notes.append(f"Attempt {data['attempt']}")
    if verdict := data.get("verdict"):
        notes.append(f"Said: {VERDICTS.get(verdict, verdict)}")
    if asked_by := data.get("requested_by"):
        notes.append(f"Asked for by {words_of_actor(str(asked_by))}")
    if failure := data.get("failure"):
        notes.append(" ".join(part for part in (reason_of(failure), rails_words_of(failure)) if part))
    return notes
