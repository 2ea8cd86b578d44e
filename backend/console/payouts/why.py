"""Why a payout is not paid, or waits for a person: what an operator reads first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.payouts.failure_words import advice_of, rails_words_of, reason_of
from console.payouts.last_attempt import is_in_hand, last_attempt_of
from payouts.domain.status import Stage, Status
from payouts.rails import MANUAL

if TYPE_CHECKING:
    from datetime import datetime

    from payouts.models import Payout, PayoutAttempt


@dataclass(frozen=True)
class Why:
    """`details` are the words of others on it; `until` is when the service does something of its own."""

    tone: str
    headline: str
    details: str = ""
    advice: str = ""
    until: datetime | None = None


def why_of(payout: Payout) -> Why | None:
    """None while all goes its way, and at a good end."""
    match Status(payout.status):
        case Status.FAILED:
            failure = payout.failure or {}
            return Why("bad", f"It failed. {reason_of(failure)}", rails_words_of(failure), advice_of(failure))
        case Status.RETURNED:
            advice = "The recipient does not have it. Find out why before it is paid again under a new key."
            return Why("bad", "The money came back after it had been paid.", payout.status_details, advice)
        case Status.CANCELED:
            return Why("info", "It was canceled, and nothing was sent.", payout.status_details)
        case Status.NEW | Status.PROCESSING:
            return _why_open(payout, last_attempt_of(payout))
        case Status.COMPLETED:
            return None


def _why_open(payout: Payout, attempt: PayoutAttempt | None) -> Why | None:
    details = payout.status_details
    match Stage(payout.stage):
        case Stage.ON_HOLD:
            return Why("warn", "It is on hold: nothing is sent until it is released.", details)
        case Stage.RETRY_WAIT:
            headline = "Nothing of it is with the bank at the moment. It is tried again by itself."
            return Why("info", headline, details, until=payout.next_run_at)
        case Stage.UNKNOWN:
            return _why_unknown(details, attempt)
        case Stage.NEEDS_REVIEW if is_in_hand(attempt):
            headline = "Whether it was paid could not be found out: a person has to."
            advice = (
                "Look it up at the bank, by the rail key or the end-to-end id, and settle it with evidence."
            )
            return Why("warn", headline, details, advice)
        case Stage.NEEDS_REVIEW:
            headline = "It cannot be sent as it is, and nothing of it is with the bank."
            return Why("warn", headline, details, "Activate the recipient again, or give it up.")
        case Stage.ACCEPTED if payout.rail == MANUAL:
            advice = "Pay it by what was sent below, once, then settle it with evidence."
            return Why("warn", "A person pays it by hand, and nobody else touches it.", details, advice)
        case _:
            return None


def _why_unknown(details: str, attempt: PayoutAttempt | None) -> Why:
    headline = "Whether the bank has executed it is not known. Nothing is sent again until it is."
    until = attempt.next_inquiry_at if attempt else None
    advice = "The bank is asked again by itself." if until else "The bank is not asked again by itself."
    return Why("warn", headline, details, advice, until)
