"""What can happen to payouts and recipients, in the words of the event log."""

from __future__ import annotations

from enum import StrEnum

PAYOUT = "payout"
RECIPIENT = "recipient"
ORGANIZATION = "organization"


class PayoutEvent(StrEnum):
    CREATED = "PayoutCreated"
    HELD = "PayoutHeld"
    RELEASED = "PayoutReleased"
    TAKEN_OVER = "PayoutTakenOver"
    SENDING = "PayoutSending"
    ACCEPTED = "PayoutAccepted"
    RETRY_SCHEDULED = "PayoutRetryScheduled"
    OUTCOME_UNKNOWN = "PayoutOutcomeUnknown"
    OUTCOME_CONTRADICTED = "PayoutOutcomeContradicted"
    REVIEW_NEEDED = "PayoutReviewNeeded"
    COMPLETED = "PayoutCompleted"
    FAILED = "PayoutFailed"
    RETURNED = "PayoutReturned"
    CANCELED = "PayoutCanceled"
    DELETED = "PayoutDeleted"
    INQUIRY_REQUESTED = "PayoutInquiryRequested"
    INQUIRY_ANSWERED = "PayoutInquiryAnswered"
    """The rail has answered a person's question, and nothing new came of it."""
    SETTLEMENT_PROPOSED = "PayoutSettlementProposed"
    SETTLEMENT_REFUSED = "PayoutSettlementRefused"
    SETTLEMENT_OVERTAKEN = "PayoutSettlementOvertaken"


class RecipientEvent(StrEnum):
    CREATED = "RecipientCreated"
    CHANGED = "RecipientChanged"


class AccountEvent(StrEnum):
    """Of a payout or a recipient; nothing of it has changed."""

    NUMBER_REVEALED = "AccountNumberRevealed"
    NUMBER_SEARCHED = "AccountNumberSearched"
    """Somebody who knows the number has found the recipient by it."""


class ListEvent(StrEnum):
    """Of an organization's payouts together."""

    EXPORTED = "PayoutsExported"
