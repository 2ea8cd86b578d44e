"""The port to a rail: whatever carries money. A rail sees payment orders, no models, and no other rail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from core.exceptions import FieldProblem, Invalid, Unauthenticated, Unprocessable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta
    from uuid import UUID

    from payouts.domain.backoff import Backoff
    from payouts.domain.failure import Failure


@dataclass(frozen=True, kw_only=True)
class PaymentOrder:
    """One instruction to pay. The identifiers are stored before the first byte of it leaves.

    `rail_key` is the idempotency key towards the rail: the same for every transmission of one attempt.
    """

    reference: str
    end_to_end_id: str
    uetr: UUID
    rail_key: str
    amount_minor: int
    currency: str
    beneficiary_name: str
    account_number: str = field(repr=False)
    bank_code: str
    country: str
    remittance_text: str


@dataclass(frozen=True)
class Completed:
    """The rail has executed the order, and says so."""

    provider_reference: str
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Accepted:
    """The rail has taken the order and will tell its end later."""

    provider_reference: str


@dataclass(frozen=True)
class Rejected:
    """The rail has refused the order and executed nothing of it."""

    failure: Failure
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class NotSent:
    """No byte of the order left this machine.

    `is_rail_away`: it was tried and could not be reached. Otherwise it was not the order's turn in time.
    """

    reason: str
    is_rail_away: bool = True


@dataclass(frozen=True)
class Unknown:
    """Whether the order was executed cannot be told from this answer, or from its absence."""

    reason: str


@dataclass(frozen=True)
class NotFound:
    """The rail does not know the key. Proof that nothing was executed once the settle window has passed."""


@dataclass(frozen=True)
class Returned:
    """The money came back after it had been executed."""

    provider_reference: str
    evidence: Mapping[str, object] = field(default_factory=dict)


SubmitOutcome = Completed | Accepted | Rejected | NotSent | Unknown
Outcome = SubmitOutcome | NotFound | Returned


@dataclass(frozen=True)
class Capabilities:
    """What a rail can carry. `currencies` and `countries` are None for any.

    `is_automatic`: workers send to it; otherwise people pay, and tell the service.
    """

    is_automatic: bool
    largest_batch: int
    largest_amount_minor: int
    currencies: frozenset[str] | None = None
    countries: frozenset[str] | None = None


@dataclass(frozen=True)
class Timing:
    """The times of a rail, which bound what can be unknown.

    `lease`: how long a worker may hold what it has claimed. Calls begin in its first half only, so that the
    second is left to the last call and to recording it: at least twice what a call can last.
    `settle_window`: longer than an order can be in flight. Before it has passed, "not found" proves nothing.
    `accepted_patience`: how long after an acceptance the rail is asked of its own accord.
    `horizon`: how long after sending a person is called, when there is still no proof.
    `most_attempts`: after how many attempts, each proved to have executed nothing, a payout fails.
    """

    lease: timedelta
    settle_window: timedelta
    accepted_patience: timedelta
    inquiry_backoff: Backoff
    retry_backoff: Backoff
    horizon: timedelta
    most_attempts: int

    @property
    def attempt_numbers(self) -> range:
        """Every number that an attempt can have."""
        return range(1, self.most_attempts + 1)


class Rail(Protocol):
    @property
    def code(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def timing(self) -> Timing: ...

    @property
    def orders_at_once(self) -> int:
        """How many are worth claiming now: none while a failed rail is left alone, and then one to try it."""

    @property
    def takes_questions(self) -> bool:
        """Whether it is worth asking now; that may work while sending does not, and the other way round."""

    def validate(self, order: PaymentOrder) -> tuple[FieldProblem, ...]:
        """Why this rail cannot carry the order; empty when it can. Asked before a payout is taken."""

    def submit(self, orders: Sequence[PaymentOrder], *, valid_until: datetime) -> Mapping[str, SubmitOutcome]:
        """Send the orders; one outcome for each rail key, whatever happens.

        Never raises for a failed or partial transmission. A rail that can, tells the bank not to execute an
        order that arrives after `valid_until`: by then the sender has been given up.
        """

    def inquire(self, rail_keys: Sequence[str]) -> Mapping[str, Outcome]:
        """Ask what became of orders; one outcome for each key, Unknown when the question failed."""

    def ingest(self, body: bytes, headers: Mapping[str, str]) -> Mapping[str, Outcome]:
        """Read a callback, proved to be the rail's. Raises ForgedCallback or UnreadableCallback.

        Never NotFound: it proves something only as the answer to a question, at the time of the question.
        """


class ForgedCallback(Unauthenticated):
    code = "forged_callback"
    title = "The callback is not from the rail"

    def __init__(self) -> None:
        super().__init__("The signature is missing, wrong or too old.")


class UnreadableCallback(Invalid):
    code = "unreadable_callback"
    title = "The callback cannot be read"

    def __init__(self) -> None:
        super().__init__("The callback is signed, and does not have the form that was agreed.")


class OrderNotPayable(Unprocessable):
    code = "order_not_payable"
    title = "The rail cannot carry this payout"

    def __init__(self, problems: tuple[FieldProblem, ...]) -> None:
        super().__init__(" ".join(problem.detail for problem in problems), problems=problems)


def find_problems(capabilities: Capabilities, order: PaymentOrder) -> tuple[FieldProblem, ...]:
    """Why a rail with these capabilities cannot carry the order; empty when it can."""
    problems = []
    if capabilities.currencies is not None and order.currency not in capabilities.currencies:
        problems.append(
            FieldProblem("currency", "currency_unsupported", f"The rail does not pay {order.currency}.")
        )
    if capabilities.countries is not None and order.country not in capabilities.countries:
        problems.append(FieldProblem("recipient_id", "country_unsupported", "The rail does not pay there."))
    if order.amount_minor > capabilities.largest_amount_minor:
        problems.append(FieldProblem("amount", "limit_exceeded", "The amount is above the rail's limit."))
    return tuple(problems)
