"""Why a payout did not reach its recipient, and what helps, in words for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from payouts.domain.failure import Action, FailureCode, Source

if TYPE_CHECKING:
    from collections.abc import Mapping

REASONS: Mapping[FailureCode, str] = {
    FailureCode.ACCOUNT_CLOSED: "The recipient's account is closed.",
    FailureCode.ACCOUNT_FROZEN: "The recipient's account is frozen.",
    FailureCode.ACCOUNT_NOT_FOUND: "The recipient's bank does not know the account.",
    FailureCode.ACCOUNT_INVALID: "The account number is not a valid one.",
    FailureCode.ACCOUNT_RESTRICTED: "The recipient's account does not take this kind of payment.",
    FailureCode.HOLDER_NAME_MISMATCH: "The account belongs to somebody of another name.",
    FailureCode.CURRENCY_UNSUPPORTED: "The recipient's account does not take this currency.",
    FailureCode.RECIPIENT_INACTIVE: "The recipient is not active.",
    FailureCode.BANK_UNAVAILABLE: "The recipient's bank could not be reached.",
    FailureCode.BANK_REJECTED: "The recipient's bank refused the payment.",
    FailureCode.INSUFFICIENT_FUNDS: "There was not enough money on the account that pays.",
    FailureCode.LIMIT_EXCEEDED: "The amount is above a limit.",
    FailureCode.VELOCITY_EXCEEDED: "Too much was paid in too short a time.",
    FailureCode.COMPLIANCE_BLOCKED: "A check for compliance stopped it.",
    FailureCode.RISK_REJECTED: "It was taken for too great a risk.",
    FailureCode.APPROVAL_REJECTED: "It was not approved.",
    FailureCode.APPROVAL_EXPIRED: "Nobody approved it in time.",
    FailureCode.PROVIDER_ERROR: "The rail could not carry it out.",
    FailureCode.UNKNOWN: "The rail gave a reason that has no words here.",
}

ADVICE: Mapping[Action, str] = {
    Action.UPDATE_RECIPIENT: "Correct the recipient, and pay again under a new key.",
    Action.FUND_ACCOUNT: "Put money on the account that pays, and pay again under a new key.",
    Action.CONTACT_SUPPORT: "Ask the bank or the provider what stands behind it, before it is paid again.",
    Action.TRY_LATER: "Pay again later, under a new key.",
}


def reason_of(failure: Mapping[str, Any]) -> str:
    """A sentence, also of a code that an earlier or later release has written."""
    if failure.get("source") == Source.OPERATOR.value:
        return "A person ended it."
    try:
        return REASONS[FailureCode(str(failure.get("code")))]
    except ValueError:
        return f"The rail's reason: {failure.get('code')}."


def advice_of(failure: Mapping[str, Any]) -> str:
    """Empty when there is none: a person's own word needs no advice."""
    if failure.get("source") == Source.OPERATOR.value:
        return ""
    try:
        return ADVICE[Action(str(failure.get("action")))]
    except ValueError:
        return ""


def rails_words_of(failure: Mapping[str, Any]) -> str:
    """What was said with it, and the rail's own code for it."""
    message, code = failure.get("message") or "", failure.get("provider_code") or ""
    return f"{message} ({code})".strip() if code else message
