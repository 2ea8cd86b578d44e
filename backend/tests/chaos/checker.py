"""Decides from outside whether a run has kept every promise. Pure: facts in, violations out."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.chaos.client_log import Result, creates
from tests.chaos.invariants import answers, histories, leaks, money, requests
from tests.chaos.invariants.violation import Violation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import TypeAlias

    from tests.chaos.evidence import Facts

    Check: TypeAlias = Callable[[Facts], Iterator[Violation]]

__all__ = ["Figures", "Violation", "figures_of", "find_violations"]

_CHECKS: tuple[Check, ...] = (
    money.find_double_executions,
    money.find_false_ends,
    money.find_unowned_movements,
    money.find_unbalanced_money,
    requests.find_lost_payouts,
    requests.find_unlisted_payouts,
    requests.find_vanished_reads,
    requests.find_undone_deletions,
    requests.find_shared_keys,
    requests.find_wrong_answers_to_keys,
    histories.find_illegal_histories,
    histories.find_undone_moves,
    histories.find_unended_payouts,
    histories.find_needless_reviews,
    histories.find_events_left_behind,
    answers.find_crashes,
    answers.find_leaks,
    leaks.find_resource_leaks,
)


def find_violations(facts: Facts) -> list[Violation]:
    """Every broken promise once, in the order of the invariants' families."""
    return list(dict.fromkeys(violation for check in _CHECKS for violation in check(facts)))


@dataclass(frozen=True)
class Figures:
    """What a report tells of a run, lawful or not."""

    calls: int
    payouts: int
    acknowledged: int
    """Keys, by tenant, that were answered with a payout."""
    unknown_calls: int
    retries: int
    doubles: int
    lost: int
    """Acknowledged, and not there with its content, or never ended."""
    stuck: int
    needs_review: int
    illegal_histories: int
    contradictions: int
    """What the bank said and then unsaid: no violation in itself, and worth a look."""
    taken_over: int
    settled_by_word: int
    server_errors: Mapping[int, int]
    """5xx answers by status."""
    statuses: Mapping[str, int]
    rest_seconds: float


def figures_of(facts: Facts, violations: Sequence[Violation]) -> Figures:
    return Figures(
        calls=len(facts.calls),
        payouts=len(facts.payouts),
        acknowledged=len(
            {(call.tenant, call.key) for call in creates(facts.calls) if call.result is Result.OK}
        ),
        unknown_calls=sum(call.result is Result.UNKNOWN for call in facts.calls),
        retries=sum(call.attempt > 1 for call in facts.calls),
        doubles=_subjects(violations, "I1"),
        lost=_subjects(violations, "I4", "I7"),
        stuck=_subjects(violations, "I7"),
        needs_review=sum(payout.stage == "needs_review" for payout in facts.payouts),
        illegal_histories=_subjects(violations, "I6"),
        contradictions=sum(
            entry.type == "PayoutOutcomeContradicted" for payout in facts.payouts for entry in payout.history
        ),
        taken_over=sum(payout.is_taken_over for payout in facts.payouts),
        settled_by_word=sum(payout.is_settled_by_word for payout in facts.payouts),
        server_errors=Counter(call.status for call in facts.calls if call.status and call.status >= 500),
        statuses=Counter(payout.status for payout in facts.payouts),
        rest_seconds=facts.rest.seconds,
    )


def _subjects(violations: Sequence[Violation], *invariants: str) -> int:
    """How many things broke one of these, whatever number of ways each did."""
    return len({violation.subject for violation in violations if violation.invariant in invariants})
