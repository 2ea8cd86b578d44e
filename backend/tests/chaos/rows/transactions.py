"""What happens inside PostgreSQL: migrations under load, deadlocks, transactions that cannot be put in an order."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.chaos import sandbox
from tests.chaos.caller import Caller
from tests.chaos.client_log import Kind
from tests.chaos.matrix import Figure, Row
from tests.chaos.probe import count_failed, probing

if TYPE_CHECKING:
    from collections.abc import Sequence

    import psycopg

    from tests.chaos.client_log import Call
    from tests.chaos.matrix import Scene
    from tests.chaos.stack import ChaosStack

MIGRATION_SECONDS = 14.0
LONGEST_LOCK_WAIT_SECONDS = 4.0
FIRST = "0001"
DEADLOCKS = 3
MOST_CIRCLES = 8
BATCH = 8
PATCHERS = 4
ROUNDS = 8


def migrate_under_load(scene: Scene) -> Sequence[Figure]:
    """Take migrations back and forth while clients post and somebody reads for seconds.

    One of them changes a constraint, for which it must be alone with the table: whoever comes after it waits.
    """
    with ThreadPoolExecutor(2) as others, probing(scene) as probe:
        posting = others.submit(probe.post_for, MIGRATION_SECONDS)
        reading = others.submit(_read_for, scene.stack, MIGRATION_SECONDS - 4)
        tries = sum(_migrate(scene.stack, *target) for target in ((FIRST,), ()))
        calls = posting.result()
        reading.result()
    return [
        Figure("tries, there and back", tries),
        Figure("answers other than 201", sum(call.status != 201 for call in calls), at_most=0),
        Figure(
            "longest POST in seconds",
            max(call.seconds for call in calls),
            at_most=LONGEST_LOCK_WAIT_SECONDS,
            is_timing=True,
        ),
    ]


def _migrate(stack: ChaosStack, *target: str) -> int:
    """A migration gives up when it does not get its lock in time, so that nobody waits behind it for long."""
    for tries in range(1, 20):
        if stack.manage("migrate", "payouts", *target).returncode == 0:
            return tries
    raise AssertionError("the migration never gets its lock")


def _read_for(stack: ChaosStack, seconds: float) -> None:
    ends_at = time.monotonic() + seconds
    with stack.database() as database:
        while time.monotonic() < ends_at:
            database.execute("SELECT count(*), pg_sleep(2) FROM payouts_payout")


def deadlock(scene: Scene) -> Sequence[Figure]:
    """Somebody locks payouts in the other order than the service, which is writing down what the bank said."""
    retried_before, failed_before = _count_retries(scene.stack, "worker"), _count_failed_tasks(scene.stack)
    tries = retried = 0
    while retried < DEADLOCKS and tries < MOST_CIRCLES:
        _meet_in_a_circle(scene)  # or they miss each other
        tries, retried = tries + 1, _count_retries(scene.stack, "worker") - retried_before
    return [
        Figure("deadlocks, and transactions tried again", retried, at_least=1),
        Figure("tasks that failed", _count_failed_tasks(scene.stack) - failed_before, at_most=0),
    ]


def _meet_in_a_circle(scene: Scene) -> None:
    stack, worker = scene.stack, scene.stack.process("worker")
    worker.stop()
    with probing(scene, f"circle-{time.monotonic_ns() % 10**9}") as probe:
        payouts = [probe.insist(probe.post()).payout_id or 0 for _ in range(BATCH)]
    sandbox.set_behaviour(stack, latency_ms=1_000)
    worker.cont()
    _wait_until_sending(stack, payouts)
    with stack.database() as database, database.transaction():
        # Whoever has waited for a second looks for a circle, and ends itself: let that be the service.
        database.execute("SET LOCAL deadlock_timeout = '20s'")
        _lock(database, payouts[-1])
        time.sleep(1.5)  # by now the bank has answered, and the service holds the first ones
        _lock(database, payouts[0])
    sandbox.behave(stack)


def _wait_until_sending(stack: ChaosStack, payouts: list[int], *, seconds: float = 10) -> None:
    ends_at = time.monotonic() + seconds
    with stack.database() as database:
        while time.monotonic() < ends_at:
            found = database.execute(
                "SELECT count(*) FROM payouts_payout WHERE id = ANY(%s) AND stage = 'sending'", [payouts]
            ).fetchone()
            if found and found[0] == len(payouts):
                return
            time.sleep(0.02)


def _lock(database: psycopg.Connection, payout_id: int) -> None:
    database.execute("SELECT FROM payouts_payout WHERE id = %s FOR UPDATE", [payout_id])


def _count_retries(stack: ChaosStack, process: str) -> int:
    return stack.log_text(process).count("transaction_retried")


def _count_failed_tasks(stack: ChaosStack) -> int:
    return stack.log_text("worker").count("raised unexpected")


def refuse_an_order(scene: Scene) -> Sequence[Figure]:
    """Transactions see one moment only, and may not write what others have written since; clients collide."""
    stack = scene.stack
    retried_before = _count_retries(stack, "web")
    _set_isolation(stack, "SET default_transaction_isolation TO 'repeatable read'")
    try:
        with ThreadPoolExecutor(PATCHERS) as people:
            # All at once, round by round: each meets three others, and gives way to each of them once.
            calls = [call for _ in range(ROUNDS) for call in people.map(_patch, [scene] * PATCHERS)]
    finally:
        _set_isolation(stack, "RESET default_transaction_isolation")
    return [
        Figure("transactions tried again", _count_retries(stack, "web") - retried_before, at_least=1),
        Figure("failures", count_failed(calls), at_most=0),
    ]


def _set_isolation(stack: ChaosStack, change: str) -> None:
    """For every connection that is made from now on; present ones are cut."""
    with stack.database() as database:
        database.execute(f"ALTER DATABASE payouts {change}")
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'payouts-%'"
        )
    time.sleep(1)


def _patch(scene: Scene) -> Call:
    account = scene.accounts[0]
    path = f"/api/recipients/{account.ordinary[0].recipient_id}/"
    with Caller(scene.stack.url, account, scene.log) as caller:
        body = {"bank_code": f"B{scene.chance.randrange(10**6)}"}
        return caller.send(Kind.RECIPIENT, "PATCH", path, body=body)


ROWS = (
    Row(
        "migration",
        "migration back and forth under load, with long reads",
        "no 5xx; lock wait ≤ 4 s",
        migrate_under_load,
    ),
    Row("deadlock", "deadlocks", "at most 3 retries; failures 0", deadlock),
    Row(
        "serialization",
        "transactions that cannot be put in an order",
        "at most 3 retries; failures 0",
        refuse_an_order,
    ),
)
