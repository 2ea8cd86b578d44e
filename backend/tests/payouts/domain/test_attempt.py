from __future__ import annotations

from itertools import product

import pytest

from payouts.domain.attempt import ATTEMPT_MOVES, LIVE_STATES, AttemptState, rail_key_of

# Written out from the design, not from the code.
MOVES_WRITTEN_OUT = {
    "sending": "not_sent accepted unknown succeeded failed returned",
    "not_sent": "sending succeeded failed returned",
    "accepted": "needs_review succeeded failed returned",
    "unknown": "accepted needs_review succeeded failed returned",
    "needs_review": "succeeded failed returned",
    "succeeded": "returned",
    "failed": "succeeded",
    "returned": "",
}


@pytest.mark.parametrize(("current", "target"), list(product(AttemptState, AttemptState)))
def test_it_moves_by_the_table_and_not_otherwise(current: AttemptState, target: AttemptState) -> None:
    is_allowed = target.value in MOVES_WRITTEN_OUT[current.value].split()

    assert (target in ATTEMPT_MOVES[current]) is is_allowed


def test_it_never_makes_what_ended_live_again() -> None:
    ended = set(AttemptState) - LIVE_STATES

    assert not any(ATTEMPT_MOVES[state] & LIVE_STATES for state in ended)


def test_it_never_makes_due_again_what_may_have_reached_the_rail() -> None:
    assert {state for state, targets in ATTEMPT_MOVES.items() if AttemptState.SENDING in targets} == {
        AttemptState.NOT_SENT
    }


def test_it_names_each_attempt_to_the_rail_by_reference_and_number() -> None:
    assert rail_key_of("01JNAXZ5R8W4Q8T0M9H6N3K2VB", 2) == "01JNAXZ5R8W4Q8T0M9H6N3K2VB-2"
