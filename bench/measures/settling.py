"""From NEW to COMPLETED, through relay, workers and bank, as fast as they can."""

from __future__ import annotations

import json
import secrets
import time
from collections import Counter
from typing import TYPE_CHECKING
from urllib.request import urlopen

from bench.measured import Measured

if TYPE_CHECKING:
    from bench.recipients import Recipients
    from bench.stack import Stack

LONGEST_SECONDS = 300.0
_LOOK_EVERY_SECONDS = 0.1
_OPEN = """
SELECT EXISTS (
    SELECT 1 FROM payouts_payout
    WHERE rail = 'sandbox' AND status IN ('NEW', 'PROCESSING') AND deleted_at IS NULL
)
"""
_KEYS = """
SELECT attempt.rail_key, payout.status
FROM payouts_payout AS payout JOIN payouts_payoutattempt AS attempt ON attempt.payout_id = payout.id
WHERE payout.idempotency_key LIKE %s
"""


def measure_settle(stack: Stack, recipients: Recipients, *, payouts: int) -> Measured:
    """Payouts per second, from when worker, relay and beat may begin until the last is COMPLETED."""
    prefix = f"settle-{secrets.token_hex(4)}"
    with stack.at_rest():
        stack.inside("new_payouts", str(payouts), prefix, str(recipients.first_id))
        before = stack.cpu_seconds()
    began = time.monotonic()
    _wait_until_none_is_open(stack)
    took_seconds = time.monotonic() - began
    stack.wait_for_rest()  # the relay has events to hand over still
    after = stack.cpu_seconds()
    cpu_ms = {name: (after[name] - before[name]) * 1000 / payouts for name in before if name in after}
    told = "; ".join(find_wrong_executions(stack, prefix, payouts))
    return Measured({"settle": payouts / took_seconds}, {"settle": told} if told else {}, {"settle": cpu_ms})


def _wait_until_none_is_open(stack: Stack) -> None:
    deadline = time.monotonic() + LONGEST_SECONDS
    with stack.connect() as connection:
        while connection.execute(_OPEN).fetchone() != (False,):
            if time.monotonic() > deadline:
                raise TimeoutError(f"payouts are still open after {LONGEST_SECONDS:g} s")
            time.sleep(_LOOK_EVERY_SECONDS)


def find_wrong_executions(stack: Stack, prefix: str, payouts: int) -> list[str]:
    """What the bank's own ledger says against: each payout is COMPLETED, and was executed exactly once."""
    with stack.connect() as connection:
        rows = connection.execute(_KEYS, [f"{prefix}-%"]).fetchall()
    executions = Counter(_executed_keys(stack))
    executed = sum(executions[key] for key, _ in rows)
    often = sum(executions[key] > 1 for key, _ in rows)
    completed = sum(status == "COMPLETED" for _, status in rows)
    problems = [f"the bank executed {often} orders more than once"] if often else []
    if executed != payouts or completed != payouts:
        problems.append(f"of {payouts} payouts {completed} are COMPLETED, and the bank executed {executed}")
    return problems


def _executed_keys(stack: Stack) -> list[str]:
    with urlopen(f"{stack.bank_url}/ledger", timeout=60) as answer:  # noqa: S310 # nosec B310 # our own stack's address
        return [json.loads(line)["key"] for line in answer]
