"""Creating payouts and repeating it, as fast as sixteen clients can."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.load import CONNECTIONS, drive
from bench.measured import Measured, of_load

if TYPE_CHECKING:
    from bench.load import Load
    from bench.recipients import Recipients
    from bench.stack import Stack

CREATED, REPLAYED = 201, 200
# A key that was sent shortly before the end may not have been answered.
_UNSURE = 50
_FEWEST = 2  # bench/wrk/replay.lua leaves out the first


@dataclass(frozen=True)
class Created:
    """Payouts that bench/wrk/create.lua has made: each thread's keys begin with the prefix."""

    prefix: str
    surely_per_thread: int


def measure_create(
    stack: Stack, recipients: Recipients, *, seconds: int, name: str = "create"
) -> tuple[Measured, Created]:
    """New payouts, every tenth request a repeat; with what it made."""
    prefix = f"bench-{secrets.token_hex(4)}"
    load = drive(stack, "create.lua", prefix, recipients.first_id, _count(recipients), seconds=seconds)
    problems = [*load.problems({CREATED, REPLAYED}), *_find_doubles(stack, prefix, load)]
    return of_load(name, load, problems), Created(prefix, max(load.least_sent - _UNSURE, 0))


def measure_replay(stack: Stack, recipients: Recipients, created: Created, *, seconds: int) -> Measured:
    if created.surely_per_thread < _FEWEST:
        return Measured({}, {"replay": f"too few payouts to repeat: {created}"})
    load = drive(
        stack,
        "replay.lua",
        *(created.prefix, recipients.first_id, _count(recipients), created.surely_per_thread),
        seconds=seconds,
    )
    return of_load("replay", load, load.problems({REPLAYED}))


def _find_doubles(stack: Stack, prefix: str, load: Load) -> list[str]:
    """Each new key was answered 201 once and has one payout, but for what was on its way at the end."""
    payouts = stack.ask("SELECT count(*) FROM payouts_payout WHERE idempotency_key LIKE %s", f"{prefix}-%")
    answered = load.statuses.get(CREATED, 0)
    if answered <= payouts <= answered + CONNECTIONS:
        return []
    return [f"{answered} keys were answered 201, and there are {payouts} payouts"]


def _count(recipients: Recipients) -> int:
    return recipients.last_id - recipients.first_id + 1
