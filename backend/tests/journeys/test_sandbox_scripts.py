"""Each script of the sandbox bank, from the client's request to its end, and what the bank really executed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.journeys.stack import wait_until

if TYPE_CHECKING:
    from tests.journeys.stack import Json, Stack

FINAL = ("confirmed", "declined", "returned", "needs_review")
NOT_OUT_YET = ("ready", "sending")
SECONDS = 60.0


@dataclass(frozen=True)
class End:
    status: str
    stage: str
    executions: int
    failure: str | None = None
    passes: tuple[str, ...] = ()


ENDS = {
    "0001": End("FAILED", "declined", 0, "account_closed"),
    "0002": End("FAILED", "declined", 0, "account_not_found"),
    "0003": End("COMPLETED", "confirmed", 1, passes=("PayoutRetryScheduled", "PayoutRetryScheduled")),
    "0004": End("COMPLETED", "confirmed", 1, passes=("PayoutAccepted",)),
    "0005": End("RETURNED", "returned", 1, passes=("PayoutReturned",)),
    "0006": End("COMPLETED", "confirmed", 1, passes=("PayoutOutcomeUnknown",)),
    "0007": End("COMPLETED", "confirmed", 1, passes=("PayoutOutcomeUnknown", "PayoutRetryScheduled")),
    "0008": End("COMPLETED", "confirmed", 1, passes=("PayoutOutcomeUnknown",)),
    "0009": End("COMPLETED", "confirmed", 1, passes=("PayoutOutcomeUnknown", "PayoutRetryScheduled")),
    "0010": End("COMPLETED", "confirmed", 1, passes=("PayoutOutcomeUnknown",)),
    "0011": End("COMPLETED", "confirmed", 1, passes=("PayoutOutcomeUnknown",)),
    "0012": End("COMPLETED", "confirmed", 1, passes=("PayoutAccepted",)),
    "0013": End("PROCESSING", "needs_review", 0, passes=("PayoutAccepted", "PayoutReviewNeeded")),
    "7890": End("COMPLETED", "confirmed", 1),
}


@pytest.fixture(scope="module")
def payouts(_stack: Stack) -> dict[str, Json]:
    """One payout for each script, all under way at once.

    Each is sent before the next is made: a script that breaks the connection breaks it for its whole request.
    """
    return {suffix: _send(_stack, suffix) for suffix in ENDS}


def _send(stack: Stack, suffix: str) -> Json:
    recipient_id = stack.add_recipient(f"UA12345678{suffix}")
    payout = stack.add_payout(f"script-{suffix}", recipient_id=recipient_id)
    wait_until(lambda: stack.payout(payout["id"]), lambda seen: seen["stage"] not in NOT_OUT_YET, seconds=10)
    return payout


@pytest.mark.parametrize("suffix", ENDS)
def test_it_ends_as_the_bank_scripts_it(suffix: str, stack: Stack, payouts: dict[str, Json]) -> None:
    end, payout = ENDS[suffix], payouts[suffix]
    final = ("returned",) if suffix == "0005" else FINAL

    settled = stack.wait_for(payout["id"], *final, seconds=SECONDS)

    assert (settled["status"], settled["stage"]) == (end.status, end.stage)
    assert (settled["failure"] or {}).get("code") == end.failure
    history = stack.history(payout["id"])
    assert [event for event in history if event in end.passes][: len(end.passes)] == list(end.passes)
    movements = stack.executions(payout["reference"])
    assert len(movements) == end.executions
    for movement in movements:
        assert (movement["amount_minor"], movement["currency"]) == (10_050, "USD")
        assert movement["account_number"] == f"UA12345678{suffix}"
