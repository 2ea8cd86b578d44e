"""Why a payout did not reach its recipient, in words that clients can switch on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from payouts.domain.recipient import mask_account_numbers_in

if TYPE_CHECKING:
    from collections.abc import Mapping


_PROVIDER_CODE_MAX_LENGTH, _MESSAGE_MAX_LENGTH = 64, 300


class FailureCode(StrEnum):
    ACCOUNT_CLOSED = "account_closed"
    ACCOUNT_FROZEN = "account_frozen"
    ACCOUNT_NOT_FOUND = "account_not_found"
    ACCOUNT_INVALID = "account_invalid"
    ACCOUNT_RESTRICTED = "account_restricted"
    HOLDER_NAME_MISMATCH = "holder_name_mismatch"
    CURRENCY_UNSUPPORTED = "currency_unsupported"
    RECIPIENT_INACTIVE = "recipient_inactive"
    BANK_UNAVAILABLE = "bank_unavailable"
    BANK_REJECTED = "bank_rejected"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    LIMIT_EXCEEDED = "limit_exceeded"
    VELOCITY_EXCEEDED = "velocity_exceeded"
    COMPLIANCE_BLOCKED = "compliance_blocked"
    RISK_REJECTED = "risk_rejected"
    APPROVAL_REJECTED = "approval_rejected"
    APPROVAL_EXPIRED = "approval_expired"
    PROVIDER_ERROR = "provider_error"
    UNKNOWN = "unknown"


class Category(StrEnum):
    """Where the cause lies."""

    RECIPIENT = "recipient"
    ORGANIZATION = "organization"
    COMPLIANCE = "compliance"
    RAIL = "rail"


class Source(StrEnum):
    """Who said so."""

    RAIL = "rail"
    OPERATOR = "operator"
    ENGINE = "engine"


class Action(StrEnum):
    """What the client does about it."""

    UPDATE_RECIPIENT = "update_recipient"
    FUND_ACCOUNT = "fund_account"
    CONTACT_SUPPORT = "contact_support"
    TRY_LATER = "try_later"


_CAUSES: Mapping[FailureCode, tuple[Category, Action]] = {
    FailureCode.ACCOUNT_CLOSED: (Category.RECIPIENT, Action.UPDATE_RECIPIENT),
    FailureCode.ACCOUNT_FROZEN: (Category.RECIPIENT, Action.UPDATE_RECIPIENT),
    FailureCode.ACCOUNT_NOT_FOUND: (Category.RECIPIENT, Action.UPDATE_RECIPIENT),
    FailureCode.ACCOUNT_INVALID: (Category.RECIPIENT, Action.UPDATE_RECIPIENT),
    FailureCode.ACCOUNT_RESTRICTED: (Category.RECIPIENT, Action.UPDATE_RECIPIENT),
    FailureCode.HOLDER_NAME_MISMATCH: (Category.RECIPIENT, Action.UPDATE_RECIPIENT),
    FailureCode.CURRENCY_UNSUPPORTED: (Category.RECIPIENT, Action.UPDATE_RECIPIENT),
    FailureCode.RECIPIENT_INACTIVE: (Category.RECIPIENT, Action.UPDATE_RECIPIENT),
    FailureCode.INSUFFICIENT_FUNDS: (Category.ORGANIZATION, Action.FUND_ACCOUNT),
    FailureCode.LIMIT_EXCEEDED: (Category.ORGANIZATION, Action.CONTACT_SUPPORT),
    FailureCode.VELOCITY_EXCEEDED: (Category.ORGANIZATION, Action.TRY_LATER),
    FailureCode.APPROVAL_REJECTED: (Category.ORGANIZATION, Action.CONTACT_SUPPORT),
    FailureCode.APPROVAL_EXPIRED: (Category.ORGANIZATION, Action.TRY_LATER),
    FailureCode.COMPLIANCE_BLOCKED: (Category.COMPLIANCE, Action.CONTACT_SUPPORT),
    FailureCode.RISK_REJECTED: (Category.COMPLIANCE, Action.CONTACT_SUPPORT),
    FailureCode.BANK_UNAVAILABLE: (Category.RAIL, Action.TRY_LATER),
    FailureCode.BANK_REJECTED: (Category.RAIL, Action.CONTACT_SUPPORT),
    FailureCode.PROVIDER_ERROR: (Category.RAIL, Action.CONTACT_SUPPORT),
    FailureCode.UNKNOWN: (Category.RAIL, Action.CONTACT_SUPPORT),
}


@dataclass(frozen=True)
class Failure:
    """`provider_code` is the rail's own word for it; `message` is for a person and holds no bank details."""

    code: FailureCode
    source: Source
    retryable: bool = False
    provider_code: str = ""
    message: str = ""

    def as_json(self) -> dict[str, str | bool]:
        """The shape that is stored and that the API shows."""
        category, action = _CAUSES[self.code]
        return {
            **asdict(self),
            "code": self.code.value,
            "source": self.source.value,
            "category": category.value,
            "action": action.value,
        }


def failure_of_rail(provider_code: str, *, message: str, retryable: bool) -> Failure:
    """A rail's refusal. A code that we do not know stays readable in `provider_code`.

    The rail's words are cut to a sentence or two, without what the database cannot store (NUL, lone
    surrogates), and an account number in them is masked.
    """
    try:
        code = FailureCode(provider_code)
    except ValueError:
        code = FailureCode.UNKNOWN
    words = mask_account_numbers_in(_printable(message, _MESSAGE_MAX_LENGTH))
    return Failure(code, Source.RAIL, retryable, _printable(provider_code, _PROVIDER_CODE_MAX_LENGTH), words)


def _printable(text: str, length: int) -> str:
    return "".join(letter for letter in text[:length] if letter.isprintable())
