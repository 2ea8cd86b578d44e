"""What happens to workers, relay and beat, and to the messages between them."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.chaos import sandbox
from tests.chaos.crash_scenarios import service_strikes
from tests.chaos.matrix import Figure, Row
from tests.chaos.probe import probing
from tests.chaos.strikes import Fault, Strike
from tests.chaos.waiting import is_anything_under_way, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.chaos.matrix import Scene
    from tests.chaos.stack import ChaosStack

KILL_SECONDS = 0.3
CHILD_KILLS = 30
GROUP_KILLS = 6
SLOW_BANK_MS = 200
"""So that most kills come in the middle of a call."""
SEND_LATE_SECONDS = 20.0
"""Lease, settle window, and time for the sweeps."""
REPORT_LATE_SECONDS = 15.0
"""Lease, and time for the sweeps to find that it has run out."""
STRIKES = 5
STRIKE_SECONDS = 20.0
CALM_SECONDS = 120.0
TAMPERING_SECONDS = 10.0
STEP_SECONDS = 0.3
PAST_LEASE_SECONDS = 9.0
"""The lease of the stacks here is 5 seconds."""


def kill_worker_groups(scene: Scene) -> Sequence[Figure]:
    """Kill the worker with all its children, 0.3 seconds after each time that it is ready."""
    worker = scene.stack.process("worker")
    sandbox.set_behaviour(scene.stack, latency_ms=SLOW_BANK_MS)
    for _ in range(GROUP_KILLS):
        worker.wait_until_ready()
        time.sleep(KILL_SECONDS)
        worker.kill_group()
    return [Figure("kills of the group", GROUP_KILLS)]


def kill_worker_children(scene: Scene) -> Sequence[Figure]:
    """Kill one of the worker's children every 0.3 seconds."""
    worker = scene.stack.process("worker")
    sandbox.set_behaviour(scene.stack, latency_ms=SLOW_BANK_MS)
    kills = 0
    for _ in range(CHILD_KILLS):
        kills += worker.kill_child(scene.chance) is not None
        time.sleep(KILL_SECONDS)
    return [Figure("kills of a child", kills, at_least=1)]


def stop_worker_past_lease(scene: Scene) -> Sequence[Figure]:
    """Stop the worker while it calls the bank, let its lease run out, and let it go on."""
    worker = scene.stack.process("worker")
    sandbox.set_behaviour(scene.stack, latency_ms=1_000)
    dropped_before = worker.log_text().count("outcome_dropped")
    with probing(scene) as probe:
        probe.insist(probe.post())
        time.sleep(0.5)
        second = scene.stack.add("worker")
        worker.stop()
        time.sleep(PAST_LEASE_SECONDS)
        worker.cont()
        time.sleep(2)
    dropped = worker.log_text().count("outcome_dropped") - dropped_before
    scene.stack.remove(second.name)
    return [Figure("late writes that were fenced off", dropped)]  # one that was not is the checker's to find


def report_late(scene: Scene) -> Sequence[Figure]:
    """Hold a worker past its lease with the bank's answer in its hand, while the bank cannot be asked."""
    stack = scene.stack
    # Of an order that breaks its call nobody would hold an answer: only ordinary ones are under way here.
    with _without_load(scene), probing(scene) as probe:
        # A worker's next call is then about what is asked for from now on.
        wait_until(lambda: not is_anything_under_way(stack), seconds=CALM_SECONDS)
        scene.orders.give(Strike("process_payouts.answered", Fault.HANG, hang_seconds=REPORT_LATE_SECONDS))
        probe.insist(probe.post())
        wait_until(lambda: not scene.orders.outstanding(), seconds=STRIKE_SECONDS)
    stack.bank_proxy.refuse()
    stack.bank_proxy.reset()
    time.sleep(REPORT_LATE_SECONDS - 1)
    given_up = _list_given_up(stack)
    time.sleep(3)
    return [
        Figure("payouts given up meanwhile", len(given_up), at_least=1),
        Figure("stale writes", _count_settled(stack, given_up), at_most=0),
    ]


@contextmanager
def _without_load(scene: Scene) -> Iterator[None]:
    if scene.load is None:
        yield
        return
    scene.load.pause()
    try:
        yield
    finally:
        scene.load.resume()


# Of ordinary payees, about whom the bank sends no callbacks: as long as it cannot be asked, nobody knows more.
_GIVEN_UP = """
SELECT id FROM payouts_payout
WHERE stage = 'unknown' AND status_details = 'The worker that sent it did not report.'
AND recipient_name_snapshot ~ ' 7[0-9]0[0-9]$'
"""


def _list_given_up(stack: ChaosStack) -> list[int]:
    with stack.database() as database:
        return [payout_id for (payout_id,) in database.execute(_GIVEN_UP)]


def _count_settled(stack: ChaosStack, payout_ids: list[int]) -> int:
    """How many are not unknown any more, though nobody can have learnt what became of them."""
    with stack.database() as database:
        found = database.execute(
            "SELECT count(*) FROM payouts_payout WHERE id = ANY(%s) AND stage NOT IN ('unknown', 'needs_review')",
            [payout_ids],
        ).fetchone()
    return int(found[0]) if found else 0


def send_late(scene: Scene) -> Sequence[Figure]:
    """Hold workers between claim and call until others have found out that nothing was sent, and sent it."""
    worker = scene.stack.process("worker")
    unsent_before = worker.log_text().count("lease_too_short_to_send")
    with probing(scene) as probe:
        for _ in range(2):  # one after the other: the worker's other child finds out meanwhile
            scene.orders.give(Strike("claim_payouts.committed", Fault.HANG, hang_seconds=SEND_LATE_SECONDS))
            probe.insist(probe.post())
            wait_until(lambda: not scene.orders.outstanding(), seconds=STRIKE_SECONDS)
            time.sleep(SEND_LATE_SECONDS + 1)
    unsent = worker.log_text().count("lease_too_short_to_send") - unsent_before
    return [
        Figure("calls that were not made", unsent, at_least=1)
    ]  # a double payment is the checker's to find


def strike_anywhere(scene: Scene) -> Sequence[Figure]:
    """Kill whoever comes first to each of some crash points."""
    points = [
        strike for strike in service_strikes(Fault.KILL) if strike.point != "create_recipient.uncommitted"
    ]
    for strike in scene.chance.sample(points, STRIKES):
        scene.orders.give(strike)
    time.sleep(12)
    return [Figure("strikes", STRIKES - len(scene.orders.outstanding()), at_least=1)]


def kill_relay(scene: Scene) -> Sequence[Figure]:
    """Kill the relay again and again: at any moment, and between handing over and forgetting."""
    relay = scene.stack.process("relay")
    for _ in range(GROUP_KILLS):
        relay.wait_until_ready()
        time.sleep(scene.chance.uniform(0.05, 0.5))
        relay.kill_group()
    starts = relay.starts
    scene.orders.give(Strike("relay_events.handed_over", Fault.KILL))
    with probing(scene) as probe:
        probe.insist(probe.post())
    wait_until(lambda: relay.starts > starts, seconds=STRIKE_SECONDS)
    return [Figure("kills of the relay", GROUP_KILLS + 1)]


def run_two_of_each(scene: Scene) -> Sequence[Figure]:
    """Two relays, two beats and two workers side by side."""
    added = [scene.stack.add(role) for role in ("relay", "beat", "worker")]
    time.sleep(8)
    ended_in_time = [scene.stack.remove(process.name) for process in added]
    return [Figure("not ended in time", ended_in_time.count(False), at_most=0, is_timing=True)]


def tamper_with_messages(scene: Scene) -> Sequence[Figure]:
    """Deliver each wake-up three times, in any order, and drop half of them: still one order for each payout."""
    stack = scene.stack
    with _without_load(scene), probing(scene) as probe, ThreadPoolExecutor(1) as other:
        wait_until(lambda: not is_anything_under_way(stack), seconds=CALM_SECONDS)
        orders_before, over = sandbox.count_orders(stack), threading.Event()
        tampering = other.submit(_tamper_until, over, scene)
        payouts = probe.post_for(TAMPERING_SECONDS)
        over.set()
        wait_until(lambda: not is_anything_under_way(stack), seconds=CALM_SECONDS)
        orders = sandbox.count_orders(stack) - orders_before
    dropped, tripled = tampering.result()
    return [
        Figure("messages dropped", dropped, at_least=1),
        Figure("messages tripled", tripled, at_least=1),
        Figure("payouts", len(payouts), at_least=1),
        Figure("orders at the bank, beyond one for each", orders - len(payouts), at_most=0, at_least=0),
    ]


def _tamper_until(over: threading.Event, scene: Scene) -> tuple[int, int]:
    """How many messages were dropped, and how many tripled: all that gather while the worker stands still."""
    worker, met = scene.stack.process("worker"), set[bytes]()
    tripled = dropped = 0
    with scene.stack.redis() as broker:
        while not over.wait(STEP_SECONDS):
            worker.stop()
            time.sleep(STEP_SECONDS)
            for message in broker.lrange("celery", 0, -1):
                if message in met:
                    continue
                met.add(message)
                if scene.chance.random() < 0.5:
                    dropped += int(broker.lrem("celery", 1, message))
                else:
                    for _ in range(2):
                        scene.chance.choice((broker.lpush, broker.rpush))("celery", message)
                    tripled += 1
            worker.cont()
    return dropped, tripled


ROWS = (
    Row(
        "worker-killed",
        "worker: its group is killed 0.3 s after each start",
        "unknown, then asked about; doubles 0, lost 0",
        kill_worker_groups,
        is_short=True,
    ),
    Row(
        "worker-child-killed",
        "worker: one child is killed every 0.3 s",
        "doubles 0, lost 0",
        kill_worker_children,
        is_short=True,
    ),
    Row(
        "worker-stopped",
        "worker: stopped past its lease in the middle of a call, then continued",
        "its late write is fenced off",
        stop_worker_past_lease,
        is_short=True,
    ),
    Row(
        "worker-late",
        "worker: held past its lease with the answer in its hand",
        "its late write is fenced off; stale writes 0",
        report_late,
        is_short=True,
    ),
    Row(
        "worker-sends-late",
        "worker: held between claim and call, until another has sent it",
        "it does not send; doubles 0",
        send_late,
    ),
    Row(
        "crash-points",
        "any process: killed at some of its crash points",
        "recovers; doubles 0, lost 0",
        strike_anywhere,
        is_short=True,
    ),
    Row(
        "relay-killed",
        "relay: killed at any moment",
        "repeated wake-ups only; doubles 0",
        kill_relay,
        is_short=True,
    ),
    Row("two-of-each", "two relays, two beats, two workers", "doubles 0", run_two_of_each),
    Row(
        "messages",
        "messages: three times each, in any order, half dropped",
        "swept; doubles 0, lost 0",
        tamper_with_messages,
    ),
)
