from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from payouts.domain.attempt import AttemptState
from payouts.domain.events import PayoutEvent
from payouts.domain.outcomes import Decision
from payouts.domain.status import Stage, Status
from payouts.models import Payout, PayoutAttempt
from payouts.repositories.decisions import DecidedAttempt, save_decisions
from tests.factories import A_MINUTE, NOON
from tests.payouts.domain.situations import REFUSED
from tests.payouts.repositories.attempt_rows import make_attempt, make_sent

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

    from payouts.models import Recipient

UNKNOWN = Decision(
    PayoutEvent.OUTCOME_UNKNOWN,
    AttemptState.UNKNOWN,
    Status.PROCESSING,
    Stage.UNKNOWN,
    details="No answer.",
    next_inquiry_at=NOON + A_MINUTE,
)
ASKED = Decision(
    None, AttemptState.UNKNOWN, Status.PROCESSING, Stage.UNKNOWN, next_inquiry_at=NOON + 2 * A_MINUTE
)
COMPLETED = Decision(
    PayoutEvent.COMPLETED,
    AttemptState.SUCCEEDED,
    Status.COMPLETED,
    Stage.CONFIRMED,
    provider_reference="bank-1",
    evidence={"reply": "executed"},
)
RETURNED = Decision(
    PayoutEvent.RETURNED,
    AttemptState.RETURNED,
    Status.RETURNED,
    Stage.RETURNED,
    evidence={"bank": "returned"},
)
FAILED = Decision(
    PayoutEvent.FAILED, AttemptState.FAILED, Status.FAILED, Stage.DECLINED, failure=REFUSED.failure
)
RETRY = Decision(
    PayoutEvent.RETRY_SCHEDULED,
    AttemptState.FAILED,
    Status.PROCESSING,
    Stage.RETRY_WAIT,
    failure=REFUSED.failure,
    next_run_at=NOON + A_MINUTE,
)


def write(attempt: PayoutAttempt, *decisions: Decision, inquiries: int = 0) -> tuple[PayoutAttempt, Payout]:
    """Write the decisions a minute apart; returns the rows as they are then."""
    for minutes, decision in enumerate(decisions):
        save_decisions([DecidedAttempt(attempt, decision, inquiries)], now=NOON + minutes * A_MINUTE)
    return PayoutAttempt.objects.get(pk=attempt.pk), Payout.objects.get(pk=attempt.payout_id)


def columns_of(row: PayoutAttempt | Payout, *names: str) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in names)


def test_it_writes_an_end_with_its_evidence(recipient: Recipient) -> None:
    attempt, payout = write(make_sent(recipient, lease_until=NOON), COMPLETED)

    assert columns_of(attempt, "state", "provider_reference", "lease_until") == ("succeeded", "bank-1", None)
    assert attempt.evidence == {"reply": "executed"}
    assert columns_of(payout, "status", "stage", "completed_at") == ("COMPLETED", "confirmed", NOON)
    assert payout.updated_at > payout.created_at


def test_it_keeps_what_was_known_of_the_end_when_the_money_comes_back(recipient: Recipient) -> None:
    attempt, payout = write(make_sent(recipient), COMPLETED, RETURNED)

    assert columns_of(attempt, "state", "provider_reference") == ("returned", "bank-1")
    assert attempt.evidence == {"reply": "executed", "bank": "returned"}
    assert columns_of(payout, "status", "completed_at") == ("RETURNED", NOON)


def test_it_keeps_the_time_of_the_first_completion(recipient: Recipient) -> None:
    _, payout = write(make_sent(recipient), COMPLETED, COMPLETED)

    assert payout.completed_at == NOON


def test_it_writes_since_when_an_outcome_is_unknown_and_keeps_it(recipient: Recipient) -> None:
    attempt, payout = write(make_sent(recipient), UNKNOWN, ASKED, inquiries=1)

    assert columns_of(attempt, "state", "unknown_since") == ("unknown", NOON)
    assert columns_of(attempt, "inquiries", "next_inquiry_at") == (2, NOON + 2 * A_MINUTE)
    assert columns_of(payout, "stage", "status_details") == ("unknown", "No answer.")


def test_it_leaves_the_payout_alone_when_there_is_nothing_to_tell(recipient: Recipient) -> None:
    sent = make_sent(recipient, state="unknown")
    before = Payout.objects.values().get()
    write(sent, ASKED)

    assert Payout.objects.values().get() == before


def test_it_gives_the_failure_to_attempt_and_payout_when_the_payout_has_failed(recipient: Recipient) -> None:
    attempt, payout = write(make_sent(recipient), FAILED)

    assert attempt.failure == payout.failure == REFUSED.failure.as_json()
    assert payout.completed_at is None


def test_it_gives_the_failure_to_the_attempt_only_when_another_follows(recipient: Recipient) -> None:
    attempt, payout = write(make_sent(recipient), RETRY)

    assert attempt.failure == REFUSED.failure.as_json()
    assert columns_of(payout, "status", "failure", "next_run_at") == ("PROCESSING", None, NOON + A_MINUTE)


def test_it_makes_nothing_due_any_more_that_has_ended(recipient: Recipient) -> None:
    attempt, payout = write(make_sent(recipient), RETRY, COMPLETED)

    assert columns_of(payout, "status", "next_run_at") == ("COMPLETED", None)
    assert attempt.state == "succeeded"


def test_it_ends_the_unsent_attempt_when_an_earlier_one_turns_out_to_be_executed(
    recipient: Recipient,
) -> None:
    """The rail had refused the first attempt, no byte of the second left, and now the first was executed."""
    first = make_sent(recipient, state="failed")
    Payout.objects.update(stage="retry_wait", attempts_made=2)
    second = make_attempt(first.payout, 2, state="not_sent")
    first.payout.refresh_from_db()

    write(first, COMPLETED)

    second.refresh_from_db()
    assert second.state == "failed"


@pytest.mark.parametrize(("attempts", "statements"), [(0, 0), (1, 2), (100, 2)])
def test_it_costs_two_statements_however_many_attempts_there_are(
    recipient: Recipient, attempts: int, statements: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    decisions = [UNKNOWN, COMPLETED, FAILED, RETRY]
    decided = [
        DecidedAttempt(make_sent(recipient), decisions[number % len(decisions)]) for number in range(attempts)
    ]

    with django_assert_num_queries(statements):
        save_decisions(decided, now=NOON)

    for each in decided:
        each.attempt.refresh_from_db()
        assert each.attempt.state == each.decision.attempt_state.value
        assert Payout.objects.get(pk=each.attempt.payout_id).stage == each.decision.stage.value


def test_it_touches_the_payout_of_no_attempt_but_the_decided(recipient: Recipient) -> None:
    decided, other = make_sent(recipient), make_sent(recipient)
    write(decided, FAILED)

    other.refresh_from_db()
    other.payout.refresh_from_db()
    assert (other.state, other.payout.status) == ("sending", "PROCESSING")
