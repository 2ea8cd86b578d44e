"""The turns that a payout's life takes, in the words and with the evidence of the real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.actor import ENGINE, operator_actor
from payouts.domain.attempt import AttemptState
from payouts.domain.events import PayoutEvent
from payouts.domain.failure import Failure, FailureCode, Source, failure_of_rail
from payouts.domain.settlement import outcome_by_hand, refusal_by_hand
from payouts.domain.status import Stage, Status
from payouts.rails import MANUAL

if TYPE_CHECKING:
    from payouts.domain.rail import Completed, Rejected
    from payouts.management.demo.story import Story

_PEOPLE = tuple(operator_actor(name) for name in ("olena.koval", "martin.weiss", "dana.okafor"))
_REFUSALS = {
    ("account_closed", "The beneficiary's account is closed."): 30,
    ("account_not_found", "There is no such account."): 20,
    ("holder_name_mismatch", "The name is not that of the account's holder."): 12,
    ("account_invalid", "The account number fails the bank's check."): 8,
    ("account_frozen", "The account takes no payments at present."): 6,
    ("limit_exceeded", "The amount is above what this account may receive in a day."): 6,
    ("insufficient_funds", "The balance does not cover this transfer."): 6,
    ("bank_rejected", "The beneficiary's bank has refused the transfer."): 6,
    ("compliance_blocked", "The transfer was stopped by a check."): 4,
    ("currency_unsupported", "The account does not take this currency."): 2,
}
_AWAY = failure_of_rail(
    "bank_unavailable", message="The beneficiary's bank cannot be reached.", retryable=True
)
_NO_ANSWER = ("The bank did not answer: ReadTimeout.", "The bank answered with HTTP status 502.")
_HOLDS = (
    "The seller has disputed the invoice: wait for support.",
    "Twice the usual amount: asked the account manager.",
    "The recipient has told us of a new account, not confirmed yet.",
)
_CANCELS = ("The order was refunded.", "Asked for twice by the client.", "The recipient has withdrawn.")


def person(story: Story) -> str:
    return story.rng.choice(_PEOPLE)


def accept(story: Story) -> None:
    story.wait(story.rng.uniform(0.1, 1.5))
    _take_reference(story)
    story.answer(
        PayoutEvent.ACCEPTED,
        Status.PROCESSING,
        Stage.ACCEPTED,
        AttemptState.ACCEPTED,
        next_inquiry_at=story.dormant_until,
    )


def complete(story: Story, *, inquiries: int = 0) -> None:
    story.attempt.inquiries += inquiries
    _take_reference(story)
    story.answer(
        PayoutEvent.COMPLETED,
        Status.COMPLETED,
        Stage.CONFIRMED,
        AttemptState.SUCCEEDED,
        evidence={"reply": "executed"},
    )


def come_back(story: Story) -> None:
    story.answer(
        PayoutEvent.RETURNED,
        Status.RETURNED,
        Stage.RETURNED,
        AttemptState.RETURNED,
        evidence={"bank": "returned"},
    )


def refuse(story: Story) -> None:
    ((code, message),) = story.rng.choices(list(_REFUSALS), list(_REFUSALS.values()))
    fail(story, failure_of_rail(code, message=message, retryable=False))


def fail(story: Story, failure: Failure) -> None:
    story.answer(PayoutEvent.FAILED, Status.FAILED, Stage.DECLINED, AttemptState.FAILED, failure=failure)


def refuse_for_now(story: Story) -> None:
    """The bank has executed nothing, and may well do so in another attempt."""
    story.wait(story.rng.uniform(0.1, 1.5))
    story.answer(
        PayoutEvent.RETRY_SCHEDULED,
        Status.PROCESSING,
        Stage.RETRY_WAIT,
        AttemptState.FAILED,
        failure=_AWAY,
        next_run_at=story.dormant_until,
    )


def fail_to_reach(story: Story) -> None:
    """No byte has left: the attempt is sent again under its key."""
    story.wait(story.rng.uniform(0.1, 3))
    story.answer(
        PayoutEvent.RETRY_SCHEDULED,
        Status.PROCESSING,
        Stage.RETRY_WAIT,
        AttemptState.NOT_SENT,
        details="The bank cannot be reached: ConnectError.",
        next_run_at=story.dormant_until,
    )


def send_again(story: Story) -> None:
    attempt = story.attempt
    attempt.fence += 1
    attempt.state, attempt.first_sent_at = AttemptState.SENDING.value, story.moment
    story.move(PayoutEvent.SENDING, Status.PROCESSING, Stage.SENDING, actor=ENGINE, **story.facts_of_attempt)


def give_up(story: Story) -> None:
    """The bank has not known the last of the attempts either."""
    message = f"None of {story.payout.attempts_made} attempts reached the rail."
    fail(story, Failure(FailureCode.PROVIDER_ERROR, Source.ENGINE, message=message))


def lose(story: Story) -> None:
    """No answer: it may have been executed."""
    story.wait(story.rng.uniform(5, 9))
    story.attempt.unknown_since = story.moment
    story.answer(
        PayoutEvent.OUTCOME_UNKNOWN,
        Status.PROCESSING,
        Stage.UNKNOWN,
        AttemptState.UNKNOWN,
        details=story.rng.choice(_NO_ANSWER),
        next_inquiry_at=story.dormant_until,
    )


def call_a_person(story: Story) -> None:
    story.wait(60)
    story.attempt.inquiries += story.rng.randint(5, 9)
    story.answer(
        PayoutEvent.REVIEW_NEEDED,
        Status.PROCESSING,
        Stage.NEEDS_REVIEW,
        AttemptState.NEEDS_REVIEW,
        details=story.rng.choice(_NO_ANSWER),
    )


def settle(story: Story, target: Status, *, reason: str) -> None:
    """A person says, with a reason, what became of the attempt."""
    story.wait_about(9_000)
    actor = person(story)
    words = {"settled_by": actor, "reason": reason}
    outcome: Completed | Rejected = outcome_by_hand(target, words)  # type: ignore[assignment]  # of these two targets
    is_paid = target is Status.COMPLETED
    story.answer(
        PayoutEvent.COMPLETED if is_paid else PayoutEvent.FAILED,
        target,
        Stage.CONFIRMED if is_paid else Stage.DECLINED,
        AttemptState.SUCCEEDED if is_paid else AttemptState.FAILED,
        actor=actor,
        failure=None if is_paid else refusal_by_hand(reason),
        evidence=dict(outcome.evidence),
    )


def hold(story: Story, *, actor: str, reason: str) -> None:
    story.move(PayoutEvent.HELD, Status.NEW, Stage.ON_HOLD, actor=actor, details=reason)


def hold_by_person(story: Story) -> None:
    hold(story, actor=person(story), reason=story.rng.choice(_HOLDS))


def release(story: Story) -> None:
    story.move(PayoutEvent.RELEASED, Status.NEW, Stage.READY, actor=person(story))


def take_over(story: Story) -> None:
    """From now on a person pays it, and no worker touches it."""
    story.wait(story.rng.uniform(1, 3))
    story.payout.rail = MANUAL
    story.begin_attempt(rail=MANUAL, state=AttemptState.ACCEPTED)
    story.move(
        PayoutEvent.TAKEN_OVER,
        Status.PROCESSING,
        Stage.ACCEPTED,
        actor=person(story),
        details="Paid from the house account, as agreed with the recipient.",
    )


def cancel(story: Story) -> None:
    reason = story.rng.choice(_CANCELS)
    story.move(PayoutEvent.CANCELED, Status.CANCELED, Stage.BY_USER, actor=person(story), details=reason)


def decline(story: Story) -> None:
    reason = "The recipient's papers are not in order."
    story.payout.failure = refusal_by_hand(reason).as_json()
    story.move(PayoutEvent.FAILED, Status.FAILED, Stage.DECLINED, actor=person(story), details=reason)


def delete(story: Story) -> None:
    story.payout.deleted_at = story.payout.updated_at = story.moment
    story.payout.next_run_at = None
    story.tell(PayoutEvent.DELETED, actor=person(story))


def _take_reference(story: Story) -> None:
    if not story.attempt.provider_reference:
        story.attempt.provider_reference = f"SB{story.rng.getrandbits(64):016X}"
