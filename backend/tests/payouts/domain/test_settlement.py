from __future__ import annotations

import pytest

from payouts.domain.attempt import AttemptState
from payouts.domain.failure import Failure, FailureCode, Source
from payouts.domain.rail import Completed, Rejected, Returned
from payouts.domain.settlement import (
    AttemptIsOut,
    NothingToSettle,
    NothingWasSent,
    ReasonNeeded,
    ensure_open_to_judgement,
    ensure_person_may_settle,
    is_open_to_judgement,
    outcome_by_hand,
)
from payouts.domain.status import Status

OK, OUT, NOTHING, REASON = "ok", AttemptIsOut, NothingWasSent, ReasonNeeded
Answer = str | type[AttemptIsOut | NothingWasSent | ReasonNeeded]

# For each state of the last attempt: to COMPLETED and to FAILED, with a reason and without one.
BY_A_RAIL: dict[str, tuple[Answer, Answer, Answer, Answer]] = {
    # COMPLETED with, without · FAILED with, without
    "sending": (OUT, OUT, OUT, OUT),
    "accepted": (OUT, OUT, OUT, OUT),
    "returned": (OUT, OUT, OUT, OUT),
    "unknown": (OK, REASON, OK, REASON),
    "needs_review": (OK, REASON, OK, REASON),
    "not_sent": (NOTHING, NOTHING, OK, OK),
    "failed": (NOTHING, NOTHING, OK, OK),
    "succeeded": (OK, OK, OK, OK),
}
BY_HAND = BY_A_RAIL | dict.fromkeys(
    ["sending", "accepted", "returned", "unknown", "needs_review"], (OK, OK, OK, OK)
)
TARGETS = [(Status.COMPLETED, "seen"), (Status.COMPLETED, ""), (Status.FAILED, "seen"), (Status.FAILED, "")]
CASES = [
    (is_by_hand, AttemptState(state), target, reason, answer)
    for is_by_hand, table in ((False, BY_A_RAIL), (True, BY_HAND))
    for state, answers in table.items()
    for (target, reason), answer in zip(TARGETS, answers, strict=True)
]


def test_it_has_a_rule_for_every_state() -> None:
    assert set(BY_A_RAIL) == set(BY_HAND) == {state.value for state in AttemptState}


@pytest.mark.parametrize(("is_by_hand", "state", "target", "reason", "answer"), CASES)
def test_it_lets_a_person_settle_only_what_nobody_else_can_tell(
    is_by_hand: bool,  # noqa: FBT001  a column of the table
    state: AttemptState,
    target: Status,
    reason: str,
    answer: Answer,
) -> None:
    if isinstance(answer, type):
        with pytest.raises(answer):
            ensure_person_may_settle(state, target, is_by_hand=is_by_hand, reason=reason)
    else:
        ensure_person_may_settle(state, target, is_by_hand=is_by_hand, reason=reason)


# Whether a person says what became of it, on a rail and by hand; what is said to them otherwise.
JUDGED: dict[str, tuple[Answer | type[NothingToSettle], Answer | type[NothingToSettle]]] = {
    "sending": (OUT, OUT),
    "accepted": (OUT, OK),
    "unknown": (OK, OK),
    "needs_review": (OK, OK),
    **dict.fromkeys(["not_sent", "failed", "succeeded", "returned"], (NothingToSettle, NothingToSettle)),
}
JUDGEMENTS = [
    (AttemptState(state), is_by_hand, answers[is_by_hand])
    for state, answers in JUDGED.items()
    for is_by_hand in (False, True)
]


def test_it_says_of_every_state_whether_a_person_judges_it() -> None:
    assert set(JUDGED) == {state.value for state in AttemptState}


@pytest.mark.parametrize(("state", "is_by_hand", "answer"), JUDGEMENTS)
def test_it_leaves_to_people_what_no_rail_can_tell(
    state: AttemptState,
    is_by_hand: bool,  # noqa: FBT001  a column of the table
    answer: str | type[Exception],
) -> None:
    assert is_open_to_judgement(state, is_by_hand=is_by_hand) is (answer == OK)
    if isinstance(answer, type):
        with pytest.raises(answer):
            ensure_open_to_judgement(state, is_by_hand=is_by_hand)
    else:
        ensure_open_to_judgement(state, is_by_hand=is_by_hand)


@pytest.mark.parametrize("state", [AttemptState.NOT_SENT, AttemptState.FAILED])
def test_it_returns_no_money_that_never_left(state: AttemptState) -> None:
    with pytest.raises(NothingWasSent):
        ensure_person_may_settle(state, Status.RETURNED, is_by_hand=True, reason="seen")


EVIDENCE = {"settled_by": "operator:jane", "reason": "seen on the statement"}
REFUSAL = Failure(FailureCode.UNKNOWN, Source.OPERATOR, message="seen on the statement")


@pytest.mark.parametrize(
    ("target", "outcome"),
    [
        (Status.COMPLETED, Completed("", EVIDENCE)),
        (Status.RETURNED, Returned("", EVIDENCE)),
        (Status.FAILED, Rejected(REFUSAL, EVIDENCE)),
    ],
)
def test_it_makes_the_word_of_a_person_an_outcome_with_their_name_as_evidence(
    target: Status, outcome: object
) -> None:
    assert outcome_by_hand(target, EVIDENCE) == outcome


def test_it_never_retries_what_a_person_has_refused() -> None:
    assert not REFUSAL.retryable
