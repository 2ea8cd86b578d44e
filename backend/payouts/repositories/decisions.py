"""Writes what was decided about a batch of attempts: two statements, however many there are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from payouts.domain.status import Status

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from payouts.domain.outcomes import Decision
    from payouts.models import PayoutAttempt


@dataclass(frozen=True)
class DecidedAttempt:
    """A guarded attempt and what was decided; `inquiries` is how often the rail was asked for it."""

    attempt: PayoutAttempt
    decision: Decision
    inquiries: int = 0


_UPDATE_ATTEMPTS = """
UPDATE payouts_payoutattempt AS attempt
SET state = decided.state,
    provider_reference = coalesce(nullif(decided.provider_reference, ''), attempt.provider_reference),
    evidence = attempt.evidence || decided.evidence,
    failure = coalesce(nullif(decided.failure, 'null'), attempt.failure),
    inquiries = attempt.inquiries + decided.inquiries,
    next_inquiry_at = decided.next_inquiry_at,
    inquiry_requested_by = '',
    unknown_since = CASE WHEN decided.state = 'unknown' AND attempt.state <> 'unknown'
                         THEN %(now)s ELSE attempt.unknown_since END,
    lease_until = NULL,
    updated_at = statement_timestamp()
FROM ROWS FROM (
    unnest(
        %(attempt_ids)s::bigint[], %(attempt_states)s::text[], %(provider_references)s::text[],
        %(inquiries)s::int[], %(next_inquiries)s::timestamptz[]
    ),
    jsonb_array_elements(%(evidences)s::jsonb),
    jsonb_array_elements(%(attempt_failures)s::jsonb)
) AS decided (id, state, provider_reference, inquiries, next_inquiry_at, evidence, failure)
WHERE attempt.id = decided.id
"""

# An earlier attempt, which the rail had refused, was executed after all: what was not sent never is.
_END_UNSENT = """
UPDATE payouts_payoutattempt
SET state = 'failed',
    evidence = evidence || '{"not_sent": "an earlier attempt was executed"}',
    updated_at = statement_timestamp()
WHERE payout_id = ANY(%(payout_ids)s) AND state = 'not_sent'
"""

_UPDATE_PAYOUTS = """
UPDATE payouts_payout AS payout
SET status = decided.status,
    stage = decided.stage,
    status_details = decided.details,
    failure = nullif(decided.failure, 'null'),
    next_run_at = decided.next_run_at,
    completed_at = CASE WHEN decided.status = 'COMPLETED' AND payout.completed_at IS NULL
                        THEN %(now)s ELSE payout.completed_at END,
    updated_at = statement_timestamp()
FROM ROWS FROM (
    unnest(
        %(payout_ids)s::bigint[], %(statuses)s::text[], %(stages)s::text[], %(details)s::text[],
        %(next_runs)s::timestamptz[]
    ),
    jsonb_array_elements(%(payout_failures)s::jsonb)
) AS decided (id, status, stage, details, next_run_at, failure)
WHERE payout.id = decided.id
"""


def save_decisions(decided: Sequence[DecidedAttempt], *, now: datetime) -> None:
    """Write the attempts, and the payouts of those whose decision has an event: only those moved.

    `now` is when the answers came in.
    """
    moved = [each for each in decided if each.decision.event is not None]
    overtaken = [each.attempt.payout_id for each in moved if _has_overtaken(each)]
    with connection.cursor() as cursor:
        if decided:
            cursor.execute(_UPDATE_ATTEMPTS, {"now": now, **_attempt_columns(decided)})
        if overtaken:
            cursor.execute(_END_UNSENT, {"payout_ids": overtaken})
        if moved:
            cursor.execute(_UPDATE_PAYOUTS, {"now": now, **_payout_columns(moved)})


def _has_overtaken(each: DecidedAttempt) -> bool:
    """Whether the payout is completed by another attempt than its latest."""
    is_latest = each.attempt.number == each.attempt.payout.attempts_made
    return each.decision.status is Status.COMPLETED and not is_latest


def _attempt_columns(decided: Collection[DecidedAttempt]) -> dict[str, list[Any] | str]:
    decisions = [each.decision for each in decided]
    return {
        "attempt_ids": [each.attempt.pk for each in decided],
        "attempt_states": [decision.attempt_state.value for decision in decisions],
        "provider_references": [decision.provider_reference for decision in decisions],
        "evidences": json.dumps([dict(decision.evidence) for decision in decisions]),
        "attempt_failures": json.dumps([_failure_json(decision) for decision in decisions]),
        "inquiries": [each.inquiries for each in decided],
        "next_inquiries": [decision.next_inquiry_at for decision in decisions],
    }


def _payout_columns(moved: Collection[DecidedAttempt]) -> dict[str, list[Any] | str]:
    decisions = [each.decision for each in moved]
    return {
        "payout_ids": [each.attempt.payout_id for each in moved],
        "statuses": [decision.status.value for decision in decisions],
        "stages": [decision.stage.value for decision in decisions],
        "details": [decision.details for decision in decisions],
        # A failure that a retry follows is the attempt's; the payout itself has not failed.
        "payout_failures": json.dumps(
            [_failure_json(decision) if decision.status is Status.FAILED else None for decision in decisions]
        ),
        "next_runs": [decision.next_run_at for decision in decisions],
    }


def _failure_json(decision: Decision) -> dict[str, str | bool] | None:
    return None if decision.failure is None else decision.failure.as_json()
