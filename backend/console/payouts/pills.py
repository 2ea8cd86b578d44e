"""How far a payout has come, in words and a colour: the same on every page."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from payouts.domain.status import Stage, Status

if TYPE_CHECKING:
    from collections.abc import Mapping


class Tone(StrEnum):
    """The value ends the name of the pill's class in console.css."""

    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    INFO = "info"
    QUIET = "quiet"


@dataclass(frozen=True)
class Pill:
    """`words` alone say the status; `details` say where inside it the payout is."""

    words: str
    details: str
    tone: Tone

    @property
    def css_class(self) -> str:
        return f"pill pill-{self.tone.value}"

    def __str__(self) -> str:
        return f"{self.words}: {self.details}"


STATUS_WORDS: Mapping[Status, str] = {
    Status.NEW: "New",
    Status.PROCESSING: "Processing",
    Status.COMPLETED: "Completed",
    Status.FAILED: "Failed",
    Status.CANCELED: "Canceled",
    Status.RETURNED: "Returned",
}

STAGE_WORDS: Mapping[Stage, str] = {
    Stage.READY: "waits for its turn",
    Stage.SCHEDULED: "scheduled for later",
    Stage.AWAITING_APPROVAL: "waits for approval",
    Stage.AWAITING_FUNDS: "waits for funds",
    Stage.ON_HOLD: "on hold",
    Stage.SENDING: "being sent",
    Stage.ACCEPTED: "accepted by the bank",
    Stage.UNKNOWN: "outcome unknown",
    Stage.RETRY_WAIT: "will be tried again",
    Stage.NEEDS_REVIEW: "needs review",
    Stage.SENT: "sent",
    Stage.CONFIRMED: "confirmed by the bank",
    Stage.REJECTED: "rejected",
    Stage.BLOCKED: "blocked",
    Stage.DECLINED: "declined",
    Stage.EXPIRED: "expired",
    Stage.BY_USER: "by a person",
    Stage.BY_SYSTEM: "by the service",
    Stage.RETURNED: "sent back by the bank",
    Stage.RECALLED: "called back",
}

_STATUS_TONES: Mapping[Status, Tone] = {
    Status.NEW: Tone.QUIET,
    Status.PROCESSING: Tone.INFO,
    Status.COMPLETED: Tone.GOOD,
    Status.FAILED: Tone.BAD,
    Status.CANCELED: Tone.QUIET,
    Status.RETURNED: Tone.BAD,
}
# What a person has to do something about stands out among the others of its status.
_STAGE_TONES: Mapping[Stage, Tone] = {
    Stage.AWAITING_APPROVAL: Tone.WARN,
    Stage.AWAITING_FUNDS: Tone.WARN,
    Stage.ON_HOLD: Tone.WARN,
    Stage.UNKNOWN: Tone.WARN,
    Stage.NEEDS_REVIEW: Tone.WARN,
}


def tone_of(status: str) -> Tone:
    return _STATUS_TONES[Status(status)]


def pill_of(status: str, stage: str) -> Pill:
    """Of the values that the columns hold."""
    tone = _STAGE_TONES.get(Stage(stage), tone_of(status))
    return Pill(STATUS_WORDS[Status(status)], STAGE_WORDS[Stage(stage)], tone)
