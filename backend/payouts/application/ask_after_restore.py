from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import structlog

from core.actor import console_actor
from core.exceptions import Conflict
from database.clock import database_now
from database.transactions import in_transaction
from payouts.application.adopt_attempts import adopt_attempts
from payouts.application.record_outcomes import Answer, record_outcomes
from payouts.bank_details import is_readable
from payouts.domain.attempt import AttemptState, rail_key_of
from payouts.domain.rail import Unknown
from payouts.domain.status import Authority
from payouts.repositories.attempts import claim_again
from payouts.repositories.restores import (
    find_last_lease,
    hold_everything,
    list_unfinished_payouts,
    lock_attempts_with_a_worker,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from payouts.domain.rail import Rail
    from payouts.models import Payout

log = structlog.get_logger(__name__)

BATCH_SIZE = 500
_IN_DOUBT = "The database was restored: what became of this attempt since then is not known."


class WorkerIsAtWork(Conflict):
    code = "worker_is_at_work"
    title = "A worker is at work"

    def __init__(self, *, lease_until: datetime, now: datetime) -> None:
        seconds = ceil((lease_until - now).total_seconds())
        super().__init__(
            f"A worker is at work: its lease holds until {lease_until:%Y-%m-%d %H:%M:%S} UTC. "
            f"Stop all workers; if none is running, one was a moment ago. Run this again in {seconds} s."
        )


@dataclass(frozen=True)
class AskedRail:
    """How many payouts the rail was asked about.

    Of `found` attempts it knew and the database did not. `held` payouts are not sent: it did not answer, or
    their account number cannot be decrypted.
    """

    payouts: int = 0
    found: int = 0
    held: int = 0

    def __add__(self, other: AskedRail) -> AskedRail:
        return AskedRail(self.payouts + other.payouts, self.found + other.found, self.held + other.held)


def ask_after_restore(*, rail: Rail, stopped_at: datetime, wait: Callable[[float], None]) -> AskedRail:
    """Learn from the rail what became of every unfinished payout, under every key it may have been sent with.

    `stopped_at`, by the database's clock, is when the last worker had stopped. What was in flight then has
    landed when `wait`, which is given seconds, returns. Until the rail has answered for all keys of a payout,
    it is neither due nor asked about by sweeps, whoever starts workers. Repeated, it asks about all anew.

    Raises WorkerIsAtWork, before it has changed anything, when a lease still holds: whoever has it may yet
    send, and then "not found" would be taken for proof too early. Workers can show themselves at any later
    time up to the hold; then, too, nothing is held.
    """
    while _doubt_attempts(rail, stopped_at):
        pass
    _hold_everything(rail)
    landed_at = stopped_at + rail.timing.settle_window
    wait(max(0.0, (landed_at - database_now()).total_seconds()))
    asked = sum((_ask_about(rail, payouts) for payouts in _batches(rail)), AskedRail())
    log.info(
        "rail_asked_after_restore", rail=rail.code, asked=asked.payouts, found=asked.found, held=asked.held
    )
    return asked


@in_transaction("doubt_attempts")
def _doubt_attempts(rail: Rail, stopped_at: datetime) -> int:
    """Declare unknown what a worker had in hand. One that had sent nothing yet may have sent it since."""
    attempts = lock_attempts_with_a_worker(rail=rail.code, limit=BATCH_SIZE)
    _ensure_no_lease_holds()
    unsent = [attempt for attempt in attempts if attempt.state == AttemptState.NOT_SENT.value]
    claim_again(unsent, now=stopped_at, lease_until=stopped_at)
    record_outcomes(
        rail=rail,
        answers=[Answer(attempt.rail_key, Unknown(_IN_DOUBT)) for attempt in attempts],
        authority=Authority.ENGINE,
        actor=console_actor(),
        now=stopped_at,
    )
    return len(attempts)


@in_transaction("hold_everything")
def _hold_everything(rail: Rail) -> None:
    hold_everything(rail=rail.code)
    # To hold what a worker was claiming, one waits for its commit: only now every claim is seen.
    _ensure_no_lease_holds()


def _ensure_no_lease_holds() -> None:
    now = database_now()
    lease_until = find_last_lease(now=now)
    if lease_until is not None:
        raise WorkerIsAtWork(lease_until=lease_until, now=now)


def _batches(rail: Rail) -> Iterator[list[Payout]]:
    """Of as many payouts as the rail can be asked about in one call, with all their keys."""
    limit = max(1, rail.capabilities.largest_batch // rail.timing.most_attempts)
    after_id = 0
    while payouts := list_unfinished_payouts(rail=rail.code, after_id=after_id, limit=limit):
        yield payouts
        after_id = payouts[-1].pk


def _ask_about(rail: Rail, payouts: Sequence[Payout]) -> AskedRail:
    asked_at = database_now()
    keys = {payout.pk: _keys_of(payout, rail) for payout in payouts}
    words = rail.inquire([key for several in keys.values() for key in several])
    readable = {payout.pk for payout in payouts if is_readable(payout, "account_number_snapshot")}
    answered = [
        payout_id
        for payout_id, several in keys.items()
        if payout_id in readable and not any(isinstance(words[key], Unknown) for key in several)
    ]
    found = adopt_attempts(rail=rail, payout_ids=answered, words=words, now=asked_at)
    return AskedRail(len(payouts), found, held=len(payouts) - len(answered))


def _keys_of(payout: Payout, rail: Rail) -> list[str]:
    return [rail_key_of(payout.reference, number) for number in rail.timing.attempt_numbers]
