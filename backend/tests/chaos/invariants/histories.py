"""I6, I7: every history follows the status table, ends where the payout stands, and comes to an end.

The table is stated here a second time on purpose: the service's own cannot be a witness for itself.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from tests.chaos.client_log import Kind, Result
from tests.chaos.invariants.violation import Violation, violation_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tests.chaos.evidence import Entry, Facts, SeenPayout

STAGES = {
    "NEW": {"ready", "scheduled", "awaiting_approval", "awaiting_funds", "on_hold"},
    "PROCESSING": {"sending", "accepted", "unknown", "retry_wait", "needs_review"},
    "COMPLETED": {"sent", "confirmed"},
    "FAILED": {"rejected", "blocked", "declined", "expired"},
    "CANCELED": {"by_user", "by_system"},
    "RETURNED": {"returned", "recalled"},
}
MOVES = {
    "NEW": {"PROCESSING", "FAILED", "CANCELED"},
    "PROCESSING": {"COMPLETED", "FAILED", "RETURNED", "CANCELED"},
    "COMPLETED": {"RETURNED", "FAILED"},
    "FAILED": {"NEW"},
    "CANCELED": set[str](),
    "RETURNED": set[str](),
}
# Only the rail can know these.
NOT_BY_PERSON = {("PROCESSING", "RETURNED"), ("PROCESSING", "CANCELED"), ("COMPLETED", "FAILED")}
# What may have been executed is never simply sent again: proof comes first, and shows as retry_wait.
BEFORE_SENDING = {"ready", "retry_wait"}
AT_REST = {"on_hold", "needs_review"}
# Events are dated by their transaction, and an attempt by the moment before it is sent.
CLOCK_SECONDS = 1.0


def find_illegal_histories(facts: Facts) -> Iterator[Violation]:
    """I6."""
    for payout in facts.payouts:
        for problem in _problems(payout):
            yield violation_of("I6", payout, problem)
    for call in facts.calls:
        if call.kind is Kind.IMPOSSIBLE_MOVE and call.result is Result.OK:
            subject = f"payout {call.payout_id} of {call.tenant}"
            yield Violation("I6", subject, f"an impossible move was answered {call.status}: {call.body}")


def find_undone_moves(facts: Facts) -> Iterator[Violation]:
    """I6: what a person was told to have done is in the history, and what they canceled stays so."""
    for call in facts.calls:
        if call.kind is not Kind.MOVE or call.result is not Result.OK:
            continue
        payout, status = facts.payout_by_id.get((call.tenant, call.payout_id or 0)), call.body["status"]
        if payout is None:
            yield Violation("I6", f"payout {call.payout_id} of {call.tenant}", f"moved to {status}, and gone")
        elif not any(entry.is_by_person and entry.status == status for entry in payout.history):
            yield violation_of("I6", payout, f"a person was told that it is {status}; its history is not")
        elif status == "CANCELED" != payout.status:
            yield violation_of("I6", payout, f"canceled by a person, and now {payout.status}")


def _problems(payout: SeenPayout) -> Iterator[str]:
    if not payout.history or payout.history[0].type != "PayoutCreated":
        yield "its history does not begin with PayoutCreated"
        return
    first, last = payout.history[0], payout.history[-1]
    if (first.status, first.stage) != ("NEW", "ready"):
        yield f"it began as {first.status}/{first.stage}"
    for entry in payout.history:
        if entry.stage not in STAGES.get(entry.status, ()):
            yield f"{entry.type} left it as {entry.status}/{entry.stage}, which does not exist"
    for before, after in pairwise(payout.history):
        yield from _illegal_step(before, after)
    if (last.status, last.stage) != (payout.status, payout.stage):
        yield f"its history ends with {last.status}/{last.stage}, and it is {payout.status}/{payout.stage}"


def _illegal_step(before: Entry, after: Entry) -> Iterator[str]:
    move = (before.status, after.status)
    if before.status != after.status and after.status not in MOVES.get(before.status, ()):
        yield f"{after.type} moved it from {before.status} to {after.status}"
    if move in NOT_BY_PERSON and after.is_by_person:
        yield f"a person moved it from {before.status} to {after.status}"
    if after.type == "PayoutSending" and before.stage not in BEFORE_SENDING:
        yield f"it was sent while it was {before.stage}"
    if after.type == "PayoutCreated":
        yield "it was created twice"


def find_unended_payouts(facts: Facts) -> Iterator[Violation]:
    """I7."""
    for subject in facts.rest.stuck:
        yield Violation("I7", subject, f"not at rest after {facts.rest.seconds:.0f} s")
    for payout in facts.payouts:
        if is_open(payout.status, payout.stage) and not payout.is_taken_over:
            yield violation_of("I7", payout, f"still {payout.status}/{payout.stage} when all was at rest")


def find_needless_reviews(facts: Facts) -> Iterator[Violation]:
    """I7: a person is called when the rail has been asked until the horizon, and not as a way out."""
    for payout in facts.payouts if facts.horizon_seconds else ():
        sent_at: datetime | None = None
        for entry in payout.history:
            if entry.type == "PayoutSending":
                sent_at = entry.at
            if entry.stage == "needs_review" and entry.at and sent_at:
                seconds = (entry.at - sent_at).total_seconds()
                if seconds < facts.horizon_seconds - CLOCK_SECONDS:
                    yield violation_of("I7", payout, f"a person was called {seconds:.1f} s after it was sent")


def find_events_left_behind(facts: Facts) -> Iterator[Violation]:
    """I7, for what the service tells of its payouts."""
    if facts.unrelayed:
        yield Violation("I7", "the relay", f"{facts.unrelayed} events were not handed over")


def is_open(status: str, stage: str) -> bool:
    """Neither final nor waiting for a person; what a person pays by hand has to be told apart by its history."""
    return status in {"NEW", "PROCESSING"} and stage not in AT_REST
