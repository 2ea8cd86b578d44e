"""What happens to the web processes, and to those that connect to them."""

from __future__ import annotations

import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tests.chaos.caller import Caller
from tests.chaos.client_log import Kind, Result
from tests.chaos.matrix import Figure, Row
from tests.chaos.probe import count_failed, probing
from tests.chaos.strikes import Fault, Strike

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.chaos.client_log import Call, Json
    from tests.chaos.matrix import Scene

KILLS = 8
ROUNDS_OF_KILLS = 2
BACK_SECONDS = 2.0
RESTARTS = 3
CONNECTIONS = 50
CONTESTED = 20
HEAD_START_SECONDS = 0.2


def kill_workers(scene: Scene) -> Sequence[Figure]:
    """All worker processes each second; whoever was in the middle of a request asks again."""
    web = scene.stack.process("web")
    waits = []
    with probing(scene) as probe:
        for _ in range(KILLS):
            began = time.monotonic()
            web.kill_children()
            waits.append(probe.seconds_until_taken())
            time.sleep(max(0.0, began + 1 - time.monotonic()))
    return [
        Figure("kills", KILLS),
        Figure("seconds until a payout is taken", max(waits), at_most=BACK_SECONDS, is_timing=True),
    ]


def kill_all_of_it(scene: Scene) -> Sequence[Figure]:
    """The main process and all its children at once, as when a machine goes."""
    with probing(scene) as probe:
        scene.stack.process("web").kill_group()
        back = probe.seconds_until_taken()
    return [Figure("seconds until a payout is taken", back, at_most=BACK_SECONDS * 2, is_timing=True)]


def kill_at_commits(scene: Scene) -> Sequence[Figure]:
    """Kill whoever is about to commit a new payout, or has just done it."""
    fallen = 0
    for moment in ("uncommitted", "committed") * ROUNDS_OF_KILLS:
        scene.orders.give(Strike(f"create_payout.{moment}", Fault.KILL))
        with probing(scene, f"{moment}-{fallen}") as probe:
            probe.insist(probe.post())
        fallen += not scene.orders.outstanding()
    return [Figure("kills at the commit", fallen, at_least=1)]


def restart_rolling(scene: Scene) -> Sequence[Figure]:
    """New workers before the old ones end, while clients keep their connections open."""
    web, began = scene.stack.process("web"), time.monotonic()
    with ThreadPoolExecutor() as clients, probing(scene, "a") as one, probing(scene, "b") as other:
        posting = [clients.submit(probe.post_for, RESTARTS * 4 + 2) for probe in (one, other)]
        for _ in range(RESTARTS):
            time.sleep(2)
            web.signal(signal.SIGHUP)
            time.sleep(2)
        calls = [call for each in posting for call in each.result()]
    all_calls = scene.log.between(began, time.monotonic())
    unanswered = sum(call.result is Result.UNKNOWN for call in all_calls)
    return [
        Figure("restarts", RESTARTS),
        Figure("requests", len(all_calls), at_least=1),
        Figure("failed requests", unanswered, at_most=0),
        Figure("payouts not taken", count_failed(calls), at_most=0),
    ]


def ask_with_one_key(scene: Scene) -> Sequence[Figure]:
    """Fifty connections with one key at once; then the same key with another amount."""
    with ThreadPoolExecutor(CONNECTIONS) as clients:
        same = list(clients.map(lambda _: _ask(scene, Kind.CREATE, "8.00"), range(CONNECTIONS)))
        other = list(clients.map(lambda _: _ask(scene, Kind.CONFLICT, "9.00"), range(5)))
    paid = {call.payout_id for call in same if call.result is Result.OK}
    return [
        Figure("connections", CONNECTIONS),
        Figure("rows", len(paid), at_most=1),
        Figure(
            "answered with the one payout",
            sum(call.result is Result.OK for call in same),
            at_least=CONNECTIONS,
        ),
        Figure("5xx", sum((call.status or 500) >= 500 for call in (*same, *other)), at_most=0),
        Figure("other body, 422", sum(call.status == 422 for call in other), at_least=len(other)),
    ]


def _ask(scene: Scene, kind: Kind, amount: str) -> Call:
    account, key = scene.accounts[0], f"{scene.name}-one-key"
    body = {"recipient_id": account.ordinary[0].recipient_id, "amount": amount, "currency": "USD"}
    with Caller(scene.stack.url, account, scene.log) as caller:
        keyed = {**body, "metadata": {"client_key": key}, "idempotency_key": key}
        return caller.send(kind, "POST", "/api/payouts/", key=key, body=keyed)


def step_in_from_all_sides(scene: Scene) -> Sequence[Figure]:
    """Cancel, delete, take over and process the same payouts at once: of each, one wins."""
    worker = scene.stack.process("worker")
    worker.stop()
    with probing(scene) as probe:
        payout_ids = [probe.insist(probe.post()).payout_id or 0 for _ in range(CONTESTED)]
    with ThreadPoolExecutor(3) as people:
        stepping_in = [
            people.submit(way, scene, payout_id)
            for payout_id in payout_ids
            for way in (_cancel, _delete, _take_over)
        ]
        time.sleep(HEAD_START_SECONDS)  # a worker claims all of them at once
        worker.cont()
        calls = [each.result() for each in stepping_in]
    won = Counter(call.payout_id for call in calls if call.result is Result.OK)
    return [
        Figure("contested payouts", CONTESTED),
        Figure("won by a person", len(won), at_least=1),
        Figure("won by more than one", sum(times > 1 for times in won.values()), at_most=0),
    ]


def _cancel(scene: Scene, payout_id: int) -> Call:
    return _step_in(scene, payout_id, "PATCH", {"status": "CANCELED", "reason": "a mistake"})


def _take_over(scene: Scene, payout_id: int) -> Call:
    return _step_in(scene, payout_id, "PATCH", {"status": "PROCESSING", "reason": "paid at the counter"})


def _delete(scene: Scene, payout_id: int) -> Call:
    return _step_in(scene, payout_id, "DELETE", None)


def _step_in(scene: Scene, payout_id: int, method: str, body: Json | None) -> Call:
    kind = Kind.DELETE if method == "DELETE" else Kind.MOVE
    with Caller(scene.stack.url, scene.accounts[0], scene.log) as caller:
        return caller.send(kind, method, f"/api/payouts/{payout_id}/", body=body, payout_id=payout_id)


ROWS = (
    Row(
        "web-killed",
        "web: all its worker processes are killed each second under load",
        "the same key works again; back in 2 s",
        kill_workers,
        is_short=True,
    ),
    Row(
        "creates-killed",
        "web: killed just before and just after a payout is committed",
        "the same key works again; doubles 0, lost 0",
        kill_at_commits,
        is_short=True,
    ),
    Row("web-gone", "web: all its processes are killed at once", "back in 4 s", kill_all_of_it),
    Row("web-restarted", "web: rolling restart", "no failed request", restart_rolling),
    Row(
        "one-key",
        "50 connections with one key; the same key, other body",
        "one row; 422",
        ask_with_one_key,
        is_short=True,
    ),
    Row(
        "all-sides",
        "cancel, delete, take over and process at once",
        "one wins; illegal histories 0",
        step_in_from_all_sides,
        is_short=True,
    ),
)
