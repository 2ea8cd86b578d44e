"""The people of the console's tests, and payouts in the states in which they find them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from access.caller import Caller
from access.environment import Environment
from access.scopes import Scope
from payouts.application.settle_payout import settle_payout
from payouts.domain.settlement import Verdict
from payouts.models import Payout, PayoutAttempt
from tests.factories import NOON
from tests.payouts.repositories.attempt_rows import make_sent

if TYPE_CHECKING:
    from access.models import Organization
    from payouts.models import Recipient, Settlement

EVERYTHING_OF_PEOPLE = frozenset(Scope)


def person(
    organization: Organization, name: str = "jane", scopes: frozenset[Scope] = EVERYTHING_OF_PEOPLE
) -> Caller:
    environment = Environment(organization.environment)
    return Caller(organization.pk, environment, actor=f"operator:{name}", scopes=scopes)


def everything_but(*scopes: Scope) -> frozenset[Scope]:
    return EVERYTHING_OF_PEOPLE - set(scopes)


def payout_with(recipient: Recipient, state: str, *, rail: str = "sandbox") -> Payout:
    """A payout whose one attempt is in this state, which is that of an open attempt."""
    attempt = make_sent(recipient, rail=rail)
    stage = {"not_sent": "retry_wait"}.get(state, state)
    # In review it is by way of the unknown.
    for step in ["unknown", state] if state == "needs_review" else [state]:
        PayoutAttempt.objects.filter(pk=attempt.pk).update(state=step, unknown_since=NOON)
    next_run_at = NOON if state == "not_sent" else None
    Payout.objects.filter(pk=attempt.payout_id).update(stage=stage, rail=rail, next_run_at=next_run_at)
    return Payout.objects.get(pk=attempt.payout_id)


def settle(caller: Caller, payout: Payout, verdict: Verdict = Verdict.PAID) -> Settlement:
    return settle_payout(
        caller=caller,
        payout_id=payout.pk,
        verdict=verdict,
        reason="it is on the statement",
        evidence="2026-03-02 PO 100.50 USD\nbooked",
        now=NOON,
    )
