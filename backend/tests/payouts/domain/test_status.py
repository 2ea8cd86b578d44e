from __future__ import annotations

from importlib import import_module
from itertools import product

import pytest

from payouts.domain.status import (
    MOVES,
    OPEN_STATUSES,
    STAGES,
    WAITING_STAGES,
    Authority,
    InvalidTransition,
    Stage,
    Status,
    ensure_move,
    is_move_allowed,
)

# Written out from the design, not from the code: each move, and on whose word it may be made.
ALLOWED = {
    "NEW -> PROCESSING": "engine operator",
    "NEW -> FAILED": "engine operator",
    "NEW -> CANCELED": "engine operator",
    "PROCESSING -> COMPLETED": "rail operator",
    "PROCESSING -> FAILED": "rail operator",
    "PROCESSING -> RETURNED": "rail",
    "PROCESSING -> CANCELED": "rail",
    "COMPLETED -> RETURNED": "rail operator",
    "COMPLETED -> FAILED": "rail",
    "FAILED -> NEW": "engine",
}

STAGES_WRITTEN_OUT = {
    "NEW": "ready scheduled awaiting_approval awaiting_funds on_hold",
    "PROCESSING": "sending accepted unknown retry_wait needs_review",
    "COMPLETED": "sent confirmed",
    "FAILED": "rejected blocked declined expired",
    "CANCELED": "by_user by_system",
    "RETURNED": "returned recalled",
}


@pytest.mark.parametrize(("current", "target", "authority"), list(product(Status, Status, Authority)))
def test_it_allows_the_moves_of_the_table_and_no_other(
    current: Status, target: Status, authority: Authority
) -> None:
    is_allowed = authority.value in ALLOWED.get(f"{current.value} -> {target.value}", "").split()

    assert is_move_allowed(current, target, by=authority) is is_allowed


@pytest.mark.parametrize("authority", Authority)
def test_it_says_which_move_it_refuses(authority: Authority) -> None:
    with pytest.raises(InvalidTransition) as refused:
        ensure_move(Status.COMPLETED, Status.NEW, by=authority)

    assert refused.value.detail == "Invalid status transition from COMPLETED to NEW"


def test_it_lets_an_allowed_move_pass() -> None:
    ensure_move(Status.NEW, Status.PROCESSING, by=Authority.ENGINE)


def test_it_has_no_move_that_nobody_may_make() -> None:
    assert all(MOVES.values())


def test_it_gives_each_status_its_stages() -> None:
    assert {status.value: set(stages) for status, stages in STAGES.items()} == {
        status: set(stages.split()) for status, stages in STAGES_WRITTEN_OUT.items()
    }


def test_it_puts_every_stage_into_one_status() -> None:
    listed = [stage for stages in STAGES.values() for stage in stages]

    assert sorted(listed) == sorted(Stage)


def test_it_waits_to_be_sent_only_while_it_is_open() -> None:
    assert {status.value for status in OPEN_STATUSES} == {"NEW", "PROCESSING"}
    assert {stage.value for stage in WAITING_STAGES} == {"ready", "retry_wait"}
    assert all(any(stage in STAGES[status] for status in OPEN_STATUSES) for stage in WAITING_STAGES)


@pytest.mark.parametrize("module", ["models.payout", "repositories.restores", "application.adopt_attempts"])
def test_it_says_once_which_payouts_are_open(module: str) -> None:
    assert vars(import_module(f"payouts.{module}"))["OPEN_STATUSES"] is OPEN_STATUSES
