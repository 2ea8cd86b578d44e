"""One attempt as two blocks: what was sent, and what the rail has said to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.payouts.actor_words import words_of_actor
from console.payouts.evidence import Fact, facts_in
from console.payouts.failure_words import rails_words_of, reason_of
from payouts.application.payment_order import order_hash, payment_order
from payouts.bank_details import is_readable, shown_account_number
from payouts.domain.attempt import AttemptState, rail_key_of
from payouts.rails import MANUAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from payouts.models import Payout, PayoutAttempt

STATES: Mapping[str, tuple[str, str]] = {
    AttemptState.SENDING.value: ("being sent", "info"),
    AttemptState.NOT_SENT.value: ("not sent: no byte has left", "warn"),
    AttemptState.ACCEPTED.value: ("accepted, not finished", "info"),
    AttemptState.UNKNOWN.value: ("outcome unknown", "warn"),
    AttemptState.NEEDS_REVIEW.value: ("needs a person", "warn"),
    AttemptState.SUCCEEDED.value: ("paid", "good"),
    AttemptState.FAILED.value: ("failed: nothing was executed", "bad"),
    AttemptState.RETURNED.value: ("money came back", "bad"),
}
_BY_HAND = ("in a person's hands", "warn")


@dataclass(frozen=True)
class AttemptBlock:
    """`is_proven`: the order that is shown has the hash that was kept before the first byte left."""

    attempt: PayoutAttempt
    state: str
    tone: str
    is_by_hand: bool
    order: Sequence[Fact]
    is_proven: bool
    failure: str
    evidence: Sequence[Fact]
    asked_by: str


def words_of_state(attempt: PayoutAttempt) -> tuple[str, str]:
    """The words, and the colour of their pill."""
    is_open_by_hand = attempt.rail == MANUAL and attempt.state == AttemptState.ACCEPTED.value
    return _BY_HAND if is_open_by_hand else STATES[attempt.state]


def block_of(attempt: PayoutAttempt, payout: Payout) -> AttemptBlock:
    state, tone = words_of_state(attempt)
    return AttemptBlock(
        attempt=attempt,
        state=state,
        tone=tone,
        is_by_hand=attempt.rail == MANUAL,
        order=_order_facts(payout, attempt.number),
        is_proven=_is_proven(attempt, payout),
        failure=_words_of_failure(attempt),
        evidence=facts_in(attempt.evidence),
        asked_by=words_of_actor(attempt.inquiry_requested_by) if attempt.inquiry_requested_by else "",
    )


def _order_facts(payout: Payout, attempt_number: int) -> list[Fact]:
    """A payment order's content: the account number is the only part of it that is not shown as it left."""
    return [
        Fact("Beneficiary", payout.recipient_name_snapshot),
        Fact("Account number", shown_account_number(payout, "account_number_snapshot")),
        Fact("Bank code", payout.bank_code_snapshot),
        Fact("Country", payout.country_snapshot),
        Fact("Amount", f"{payout.money.amount} {payout.currency}"),
        Fact("Rail key", rail_key_of(payout.reference, attempt_number)),
        Fact("End-to-end id", payout.end_to_end_id),
        Fact("UETR", str(payout.uetr)),
        Fact("Remittance text", payout.reference),
    ]


def _is_proven(attempt: PayoutAttempt, payout: Payout) -> bool:
    """Whether it can be proven here: not once the hash key is another one, or the number is unreadable."""
    if not is_readable(payout, "account_number_snapshot"):
        return False
    order = payment_order(payout, attempt_number=attempt.number)
    return order_hash(order, organization_id=payout.organization_id) == attempt.request_hash


def _words_of_failure(attempt: PayoutAttempt) -> str:
    if not attempt.failure:
        return ""
    return " ".join(part for part in (reason_of(attempt.failure), rails_words_of(attempt.failure)) if part)
