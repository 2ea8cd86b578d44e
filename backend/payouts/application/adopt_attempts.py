"""Attempts that a restored database has forgotten, and that their rail knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from core.actor import console_actor, rail_actor
from database.transactions import in_transaction
from events.recorder import record_events
from payouts.application.naming import naming
from payouts.application.new_attempt import new_attempt
from payouts.application.payout_events import payout_event
from payouts.application.record_outcomes import Answer, record_outcomes
from payouts.domain.attempt import LIVE_STATES, AttemptState, rail_key_of
from payouts.domain.events import PayoutEvent
from payouts.domain.failure import Failure, FailureCode, Source
from payouts.domain.rail import NotFound, Rejected
from payouts.domain.status import OPEN_STATUSES, Authority, Stage, Status
from payouts.repositories.attempts import add_attempts
from payouts.repositories.payouts import lock_payouts
from payouts.repositories.restores import list_attempts_of, mark_unknown, release_waiting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from events.recorder import NewEvent
    from payouts.domain.rail import Outcome, Rail
    from payouts.models import Payout, PayoutAttempt

log = structlog.get_logger(__name__)

_FOUND = "The database was restored, and the rail knows this attempt."
_RULED_OUT = "The rail knows this attempt, which another one rules out."
# An attempt is begun only with the proof that the one before has executed nothing. The proof is forgotten;
# that the rail knows a later attempt shows that there was one.
_OVERTAKEN = Rejected(
    Failure(FailureCode.PROVIDER_ERROR, Source.ENGINE, retryable=True, message="A later attempt was made."),
    {"restore": "the rail knows a later attempt, and not this one"},
)


@in_transaction("adopt_attempts")
def adopt_attempts(
    *, rail: Rail, payout_ids: Sequence[int], words: Mapping[str, Outcome], now: datetime
) -> int:
    """Record what the rail knows of the payouts under any key; returns how many attempts were forgotten.

    Afterwards what waits to be sent is due: of none of its keys the rail knows anything more. `now` is before
    the rail was asked.
    """
    # Number by number: an attempt begins where the one before has ended.
    numbers = rail.timing.attempt_numbers
    found = sum(_adopt_number(number, rail, payout_ids, words, now) for number in numbers)
    release_waiting(payout_ids)
    return found


def _adopt_number(
    number: int, rail: Rail, payout_ids: Sequence[int], words: Mapping[str, Outcome], now: datetime
) -> int:
    payouts = lock_payouts(payout_ids)
    attempts = list_attempts_of(payout_ids)
    on_record = [attempt.payout_id for attempt in attempts if attempt.number == number]
    forgotten = [
        payout
        for payout in payouts.values()
        if payout.pk not in on_record and not isinstance(words[_key(payout, number)], NotFound)
    ]
    live = {attempt.payout_id for attempt in attempts if attempt.state in LIVE_STATES}
    ruled_out = [payout for payout in forgotten if payout.pk in live or _is_at_its_end(payout)]
    begun = [payout for payout in forgotten if payout not in ruled_out]
    _begin(begun, number, rail, now)
    _tell_of_contradictions(ruled_out, number)
    known = [*(payouts[payout_id] for payout_id in on_record), *begun]
    _record({_key(payout, number): _word_on(payout, number, rail, words) for payout in known}, rail, now)
    return len(begun)


def _key(payout: Payout, number: int) -> str:
    return rail_key_of(payout.reference, number)


def _word_on(payout: Payout, number: int, rail: Rail, words: Mapping[str, Outcome]) -> Outcome:
    word, *later = (words[_key(payout, each)] for each in rail.timing.attempt_numbers[number - 1 :])
    is_overtaken = any(not isinstance(each, NotFound) for each in later)
    return _OVERTAKEN if isinstance(word, NotFound) and is_overtaken else word


def _is_at_its_end(payout: Payout) -> bool:
    return Status(payout.status) not in OPEN_STATUSES


def _begin(payouts: Sequence[Payout], number: int, rail: Rail, now: datetime) -> None:
    """Write down again that the attempt was made. What it came to, the rail's word decides."""
    mark_unknown(payouts, attempts_made=number)
    add_attempts([_forgotten_attempt(payout, number, rail, now) for payout in payouts])
    after = {"status": Status.PROCESSING.value, "stage": Stage.UNKNOWN.value}
    record_events(
        [_event(payout, PayoutEvent.OUTCOME_UNKNOWN, number, _FOUND, **after) for payout in payouts]
    )


def _forgotten_attempt(payout: Payout, number: int, rail: Rail, now: datetime) -> PayoutAttempt:
    return new_attempt(
        payout,
        number=number,
        rail=rail.code,
        # When it was sent is forgotten too: the time until a person is called begins anew.
        first_sent_at=now,
        state=AttemptState.UNKNOWN.value,
        unknown_since=now,
        evidence={"restore": _FOUND},
    )


def _tell_of_contradictions(payouts: Sequence[Payout], number: int) -> None:
    for payout in payouts:
        log.error("outcome_contradicted", **naming(payout), rail_key=_key(payout, number), details=_RULED_OUT)
    record_events(
        [_event(payout, PayoutEvent.OUTCOME_CONTRADICTED, number, _RULED_OUT) for payout in payouts]
    )


def _event(payout: Payout, event: PayoutEvent, number: int, reason: str, **after: str) -> NewEvent:
    key = _key(payout, number)
    return payout_event(
        payout, event, actor=console_actor(), reason=reason, attempt=number, rail_key=key, **after
    )


def _record(words: Mapping[str, Outcome], rail: Rail, now: datetime) -> None:
    record_outcomes(
        rail=rail,
        answers=[Answer(key, outcome, inquiries=1) for key, outcome in words.items()],
        authority=Authority.RAIL,
        actor=rail_actor(rail.code),
        now=now,
    )
