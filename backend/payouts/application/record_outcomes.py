"""The only door for answers about attempts: reply, callback, inquiry, expired lease, operator."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from core.tracing import step
from database.transactions import in_transaction
from events.recorder import record_events
from payouts.application.naming import named, names_of, naming, whose
from payouts.application.payout_events import payout_event
from payouts.domain.attempt import AttemptState
from payouts.domain.events import PayoutEvent
from payouts.domain.outcomes import Contradiction, Decision, Situation, decide
from payouts.domain.settlement import is_open_to_judgement
from payouts.domain.status import Stage, Status, ensure_move
from payouts.rails import MANUAL
from payouts.repositories.attempts import lock_attempts_to_decide_on
from payouts.repositories.decisions import DecidedAttempt, save_decisions
from payouts.repositories.settlements import overtake_settlements

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from core.tracing import Step
    from events.recorder import NewEvent
    from payouts.domain.rail import Outcome, Rail
    from payouts.domain.status import Authority
    from payouts.models import PayoutAttempt

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Answer:
    """What was learnt of the attempt with this key.

    `fence`: set by whoever held the attempt for sending. Their word counts only as long as nobody else has
    decided. `inquiries`: 1 when the rail was asked for it.
    """

    rail_key: str
    outcome: Outcome
    fence: int | None = None
    inquiries: int = 0


@dataclass(frozen=True)
class _Ruling:
    """An answer that counts, the attempt it is about, and what follows from it."""

    answer: Answer
    attempt: PayoutAttempt
    verdict: Decision | Contradiction


def record_outcomes(
    *, rail: Rail, answers: Sequence[Answer], authority: Authority, actor: str, now: datetime
) -> None:
    """Write what follows from the answers: attempts, payouts and events together, as one batch.

    `now` is when the answers were true. What is stale, repeated or about an unknown key changes nothing and
    is logged; what contradicts an earlier end becomes an event for a person to look at.
    """
    with step("record", rail=rail.code) as recording:
        _tell(_record(rail, answers, authority, actor, now), actor, recording)


@in_transaction("record_outcomes")
def _record(
    rail: Rail, answers: Sequence[Answer], authority: Authority, actor: str, now: datetime
) -> list[_Ruling]:
    rulings = _rule(rail, answers, now)
    decided = [
        DecidedAttempt(ruling.attempt, ruling.verdict, ruling.answer.inquiries)
        for ruling in rulings
        if isinstance(ruling.verdict, Decision)
    ]
    for each in decided:
        _ensure_lawful(each, authority)
    save_decisions(decided, now=now)
    told = [event for ruling in rulings for event in _events_of(ruling, actor)]
    record_events([*told, *_overtake_settlements(decided, actor, now)])
    return rulings


def _rule(rail: Rail, answers: Sequence[Answer], now: datetime) -> list[_Ruling]:
    attempts = lock_attempts_to_decide_on(rail=rail.code, rail_keys=[answer.rail_key for answer in answers])
    by_key = {attempt.rail_key: attempt for attempt in attempts}
    rulings = []
    for answer in answers:
        attempt = by_key.get(answer.rail_key)
        if attempt is None or not _counts(answer, attempt):
            whose = naming(attempt.payout) if attempt else {}
            kind = type(answer.outcome).__name__
            log.warning("outcome_dropped", **whose, rail=rail.code, rail_key=answer.rail_key, outcome=kind)
            continue
        verdict = decide(_situation(attempt, now), answer.outcome, rail.timing)
        if verdict is not None and not _leaves_question_open(answer, attempt, verdict):
            rulings.append(_Ruling(answer, attempt, verdict))
    return rulings


def _counts(answer: Answer, attempt: PayoutAttempt) -> bool:
    """The fence: a holder whose lease was given up, or who holds an older claim, decides nothing."""
    if answer.fence is None:
        return True
    return attempt.state == AttemptState.SENDING.value and attempt.fence == answer.fence


def _leaves_question_open(answer: Answer, attempt: PayoutAttempt, verdict: Decision | Contradiction) -> bool:
    """A person has asked, and this is a word that nobody asked for and that moves nothing."""
    is_news = isinstance(verdict, Contradiction) or verdict.event is not None
    return bool(attempt.inquiry_requested_by) and not answer.inquiries and not is_news


def _situation(attempt: PayoutAttempt, now: datetime) -> Situation:
    return Situation(
        status=Status(attempt.payout.status),
        stage=Stage(attempt.payout.stage),
        attempt_state=AttemptState(attempt.state),
        attempts_made=attempt.payout.attempts_made,
        claims=attempt.fence,
        inquiries=attempt.inquiries,
        first_sent_at=attempt.first_sent_at,
        unknown_since=attempt.unknown_since,
        now=now,
    )


def _ensure_lawful(each: DecidedAttempt, authority: Authority) -> None:
    current, target = Status(each.attempt.payout.status), each.decision.status
    if current is not target:
        ensure_move(current, target, by=authority)


def _events_of(ruling: _Ruling, actor: str) -> list[NewEvent]:
    attempt, payout = ruling.attempt, ruling.attempt.payout
    facts: dict[str, Any] = {"attempt": attempt.number, "rail_key": attempt.rail_key}
    match ruling.verdict:
        case Contradiction(details):
            event = PayoutEvent.OUTCOME_CONTRADICTED
            return [payout_event(payout, event, actor=actor, reason=details, **facts)]
        case Decision(event=PayoutEvent() as event) as decision:
            return [
                payout_event(
                    payout,
                    event,
                    actor=actor,
                    status=decision.status.value,
                    stage=decision.stage.value,
                    reason=decision.details,
                    failure=decision.failure.as_json() if decision.failure else None,
                    evidence=dict(decision.evidence) or None,
                    **facts,
                )
            ]
        case Decision() as decision if attempt.inquiry_requested_by:
            event, asked_by = PayoutEvent.INQUIRY_ANSWERED, attempt.inquiry_requested_by
            reason = decision.details
            return [payout_event(payout, event, actor=actor, reason=reason, requested_by=asked_by, **facts)]
        case _:  # asked by the sweep, and nothing new to tell
            return []


def _overtake_settlements(decided: Sequence[DecidedAttempt], actor: str, now: datetime) -> list[NewEvent]:
    """What people have proposed about attempts of which nobody needs a person's word any more."""
    told = {each.attempt.pk: each for each in decided if _has_left_judgement(each)}
    if not told:
        return []
    settlements = overtake_settlements(told, by=actor, now=now)
    return [_overtaken_event(told[attempt_id], pk, actor) for attempt_id, pk in settlements.items()]


def _has_left_judgement(each: DecidedAttempt) -> bool:
    states = AttemptState(each.attempt.state), each.decision.attempt_state
    before, after = (is_open_to_judgement(it, is_by_hand=each.attempt.rail == MANUAL) for it in states)
    return before and not after


def _overtaken_event(each: DecidedAttempt, settlement_id: int, actor: str) -> NewEvent:
    return payout_event(
        each.attempt.payout,
        PayoutEvent.SETTLEMENT_OVERTAKEN,
        actor=actor,
        status=each.decision.status.value,
        stage=each.decision.stage.value,
        attempt=each.attempt.number,
        settlement=settlement_id,
    )


def _tell(rulings: Sequence[_Ruling], actor: str, recording: Step) -> None:
    """The log and the traces of the payouts, where there is news of them."""
    recorded: dict[tuple[tuple[str, Any], ...], list[str]] = defaultdict(list)
    for ruling in rulings:
        attempt, payout = ruling.attempt, ruling.attempt.payout
        about: dict[str, str | int] = {"attempt": attempt.number, "rail": attempt.rail}
        match ruling.verdict:
            case Contradiction(details):
                key, names = attempt.rail_key, naming(payout)
                log.error(
                    "outcome_contradicted", **names, **about, rail_key=key, details=details, actor=actor
                )
                detail = "contradiction"
            case Decision() as decision if decision.event is not None or attempt.inquiry_requested_by:
                about |= {"status": decision.status.value, "stage": decision.stage.value}
                recorded[(*whose(payout).items(), *about.items())].append(payout.reference)
                detail = decision.status.value
            case _:  # asked by the sweep, and nothing new to tell
                continue
        recording.concern(payout.traceparent, names_of(payout) | about, detail=detail)
    for alike, references in recorded.items():
        log.info("outcome_recorded", **named(references), **dict(alike), actor=actor)
