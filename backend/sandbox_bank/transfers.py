"""What a client orders, and what the bank made of it."""

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """The word a transfer was first answered with; a repeated key hears it again."""

    EXECUTED = "executed"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Status(StrEnum):
    """Where a transfer stands now, as an inquiry tells it."""

    EXECUTED = "executed"
    IN_PROGRESS = "in_progress"
    REJECTED = "rejected"
    RETURNED = "returned"
    NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True)
class Failure:
    code: str
    message: str
    retryable: bool


@dataclass(frozen=True, slots=True)
class TransferOrder:
    key: str
    end_to_end_id: str
    uetr: str
    amount_minor: int
    currency: str
    beneficiary_name: str
    account_number: str
    bank_code: str
    country: str
    remittance_text: str
    valid_until: float | None
    """Epoch seconds; an order that arrives later is not executed."""

    def is_expired(self, now: float) -> bool:
        return self.valid_until is not None and now > self.valid_until

    def digest(self) -> str:
        """Name the content: two orders of one key and one digest ask for the same movement.

        `valid_until` is no part of it, because a client that sends again may set a new one.
        """
        content = (
            self.end_to_end_id,
            self.uetr,
            self.amount_minor,
            self.currency,
            self.beneficiary_name,
            self.account_number,
            self.bank_code,
            self.country,
            self.remittance_text,
        )
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Transfer:
    """An order the bank has taken a decision on; it never changes, only movements are added to it."""

    id: int
    key: str
    end_to_end_id: str
    digest: str
    account_number: str
    verdict: Verdict
    reference: str | None
    failure: Failure | None
    received_at: float
    executed_at: float | None = None
    returned_at: float | None = None

    @property
    def status(self) -> Status:
        if self.returned_at is not None:
            return Status.RETURNED
        if self.executed_at is not None:
            return Status.EXECUTED
        return Status.REJECTED if self.verdict is Verdict.REJECTED else Status.IN_PROGRESS


@dataclass(frozen=True, slots=True)
class Answer:
    """One transfer's line in the answer to a submission."""

    key: str
    verdict: Verdict
    reference: str | None
    failure: Failure | None


class Breakage(StrEnum):
    """How a whole request loses its answer."""

    DROPPED = "dropped"
    SERVER_ERROR = "server_error"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Submission:
    """The bank's word on a whole request: what was decided, and how the client is kept from knowing."""

    answers: tuple[Answer, ...]
    breakage: Breakage | None
