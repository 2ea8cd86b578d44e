"""What happens to PostgreSQL and to the way there: 503 within a bound, and nothing acknowledged is lost."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import psycopg

from tests.chaos.cuts import OF_A_CREATION, Direction
from tests.chaos.matrix import Figure, Row
from tests.chaos.probe import p99_seconds, probing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from tests.chaos.client_log import Call
    from tests.chaos.matrix import Scene
    from tests.chaos.processes import ManagedProcess
    from tests.chaos.proxy import FaultyProxy
    from tests.chaos.stack import ChaosStack

KILLS = 2
BACK_SECONDS = 3.0
AWAY_SECONDS = 8.0
CLIENTS = 4
REQUEST_BOUND_SECONDS = 7.0
"""The longest that a request waits for the database in all, and a second."""
MOST_CUTS = 40
FOUND_AGAIN = 3


def kill(scene: Scene) -> Sequence[Figure]:
    """SIGKILL to its main process; its children notice, and the next start recovers."""
    waits = []
    with probing(scene) as probe, ThreadPoolExecutor(1) as client:
        for _ in range(KILLS):
            starts = scene.stack.postgres.starts
            scene.stack.postgres.kill_leader()
            back = client.submit(probe.seconds_until_taken)
            ready_seconds = _seconds_until_started_after(scene.stack.postgres, starts)
            waits.append(max(0.0, back.result() - ready_seconds))
    return [
        Figure("kills", KILLS),
        Figure("seconds from ready to the first 201", max(waits), at_most=BACK_SECONDS, is_timing=True),
    ]


def _seconds_until_started_after(server: ManagedProcess, starts: int) -> float:
    began = time.monotonic()
    while server.starts == starts:
        time.sleep(0.02)
    server.wait_until_ready()
    return time.monotonic() - began


def post_without(
    scene: Scene, fault: Callable[[ChaosStack], AbstractContextManager[None]]
) -> Sequence[Figure]:
    """Several clients post while it is away: each is answered in time, and all are served afterwards."""
    with ExitStack() as probes, ThreadPoolExecutor(CLIENTS) as clients:
        several = [probes.enter_context(probing(scene, f"probe-{number}")) for number in range(CLIENTS)]
        with fault(scene.stack):
            posting = [clients.submit(probe.post_for, AWAY_SECONDS - 1) for probe in several]
            time.sleep(AWAY_SECONDS)
        healed_at = time.monotonic()
        calls = [call for each in posting for call in each.result()]
        back = several[0].seconds_until_taken()
    during = [call for call in calls if call.started_at < healed_at]
    return [
        Figure("answers other than 201 and 503", _count_other_answers(during), at_most=0),
        Figure("answers of 503", sum(call.status == 503 for call in during), at_least=1),
        Figure("p99 of POST in seconds", p99_seconds(during), at_most=REQUEST_BOUND_SECONDS, is_timing=True),
        Figure("seconds until a payout is taken again", back, at_most=BACK_SECONDS, is_timing=True),
    ]


def _count_other_answers(calls: Sequence[Call]) -> int:
    return sum(call.status not in {200, 201, 503} for call in calls)


@contextmanager
def stopped(stack: ChaosStack) -> Iterator[None]:
    """All of its processes: connections stay, and nothing answers."""
    stack.postgres.stop()
    try:
        yield
    finally:
        stack.postgres.cont()


@contextmanager
def half_open(stack: ChaosStack) -> Iterator[None]:
    stack.postgres_proxy.half_open()
    try:
        yield
    finally:
        stack.postgres_proxy.heal()


@contextmanager
def locked(stack: ChaosStack) -> Iterator[None]:
    """Somebody holds a lock on the table of payouts that lets nobody read."""
    with stack.database() as database, database.transaction():
        database.execute("LOCK TABLE payouts_payout IN ACCESS EXCLUSIVE MODE")
        yield


@contextmanager
def without_slots(stack: ChaosStack) -> Iterator[None]:
    """Somebody holds every connection that the server allows, also those that the service had."""
    with ExitStack() as taken:
        first = taken.enter_context(stack.database())
        _take_all(stack, taken)
        first.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'payouts-%'"
        )
        _take_all(stack, taken)
        yield


def _take_all(stack: ChaosStack, taken: ExitStack) -> None:
    """Until the server refuses for half a second: what it ends is free a moment later."""
    ends_at = time.monotonic() + 0.5
    while time.monotonic() < ends_at:
        try:
            taken.enter_context(stack.database())
        except psycopg.OperationalError:
            time.sleep(0.01)
        else:
            ends_at = time.monotonic() + 0.5


def cut_after_commit(scene: Scene) -> Sequence[Figure]:
    """The commit reaches the server, and its answer never comes back."""
    proxy = scene.stack.postgres_proxy
    before, found = proxy.counters.cuts, 0
    with probing(scene) as probe:
        for number in range(MOST_CUTS):
            # Half of the cuts are of creations; others may be anybody's.
            proxy.cut_answer_after(OF_A_CREATION if number % 2 else b"COMMIT")
            found += _has_found_its_payout(probe.insist(probe.post()))
            time.sleep(0.3)
            if found == FOUND_AGAIN:
                break
    return [
        Figure("commits whose answer was cut", proxy.counters.cuts - before, at_least=1),
        Figure("repeats that found the payout", found, at_least=1),
    ]


def _has_found_its_payout(call: Call) -> bool:
    return call.attempt > 1 and call.status == 200


def break_the_network(scene: Scene) -> Sequence[Figure]:
    """Slow ways with jitter, connections reset in the middle, answers cut after some bytes; everywhere."""
    stack = scene.stack
    proxies = (stack.postgres_proxy, stack.valkey_proxy, stack.bank_proxy)
    resets, before = 0, _count_cuts(proxies)
    for _ in range(5):
        for proxy in proxies:
            proxy.latency(0.005, jitter_seconds=0.02)
            proxy.cut_after(scene.chance.randrange(2_000), scene.chance.choice(list(Direction)), count=2)
        time.sleep(1.5)
        resets += scene.chance.choice(proxies).reset()
        time.sleep(0.5)
    cuts = _count_cuts(proxies) - before
    return [Figure("connections reset", resets), Figure("connections cut", cuts, at_least=1)]


def _count_cuts(proxies: Iterable[FaultyProxy]) -> int:
    return sum(proxy.counters.cuts for proxy in proxies)


ROWS = (
    Row(
        "postgres-killed",
        "PostgreSQL: SIGKILL",
        "503 meanwhile; lost 0; first 201 in 3 s of its being ready",
        kill,
        is_short=True,
    ),
    Row(
        "postgres-stopped",
        "PostgreSQL: SIGSTOP",
        "503 in time",
        lambda scene: post_without(scene, stopped),
        is_short=True,
    ),
    Row(
        "postgres-half-open",
        "PostgreSQL: half-open connections",
        "503 in time",
        lambda scene: post_without(scene, half_open),
    ),
    Row(
        "postgres-locked",
        "PostgreSQL: somebody locks the table",
        "503 in time",
        lambda scene: post_without(scene, locked),
    ),
    Row(
        "postgres-no-slots",
        "PostgreSQL: no connection slots left",
        "503 in time",
        lambda scene: post_without(scene, without_slots),
    ),
    Row(
        "commit-cut",
        "connection cut after COMMIT was sent",
        "the repeat finds the payout; doubles 0",
        cut_after_commit,
        is_short=True,
    ),
    Row(
        "network",
        "all ways: latency with jitter, resets, cuts after n bytes",
        "doubles 0, lost 0",
        break_the_network,
        is_short=True,
    ),
)
