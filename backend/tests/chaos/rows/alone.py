"""Rows that play alone, on stacks of their own: what they do would break what others are held to."""

from __future__ import annotations

import shutil
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from tests.chaos import sandbox
from tests.chaos.matrix import Figure, OwnRow, Scene
from tests.chaos.probe import probing
from tests.chaos.report import judgement_figures
from tests.chaos.stage import folder, open_stage
from tests.chaos.waiting import is_anything_under_way, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.chaos.client_log import Call
    from tests.chaos.stack import ChaosStack
    from tests.chaos.stage import Stage

MANY = 1_000
POSTERS = 4
KILL_SECONDS = 0.3
MOST_KILLING_SECONDS = 120.0
LEAST_KILLS = 40
LEAST_UNKNOWN = 100
GROUP_KILL_EVERY = 10
SERVICE = ("web", "worker", "relay", "beat")


@contextmanager
def _stage(name: str, environment: Mapping[str, str] | None = None) -> Iterator[Stage]:
    with folder() as home, open_stage(home, name=name, environment=environment) as stage:
        yield stage


def _scene(stage: Stage, name: str, seed: int) -> Scene:
    return Scene(stage.stack, stage.accounts, stage.log, stage.orders, Random(seed), name)


# --- a thousand payouts, a forgetful bank, and workers that are killed all the time --------------------------------


def pay_a_thousand(seed: int) -> Sequence[Figure]:
    with _stage("thousand") as stage:
        scene = _scene(stage, "thousand", seed)
        stage.stack.add("worker")
        sandbox.set_behaviour(stage.stack, idempotent=False, lost_reply_rate=0.15, latency_ms=150, seed=seed)
        with ThreadPoolExecutor(POSTERS) as clients:
            posting = [clients.submit(_post_many, scene, f"c{number}") for number in range(POSTERS)]
            kills = _kill_while(scene, lambda: not all(each.done() for each in posting))
            calls = [call for each in posting for call in each.result()]
        kills += _kill_while(scene, lambda: is_anything_under_way(stage.stack))
        judgement = stage.judge()
        unknown = _count_events(stage.stack, "PayoutOutcomeUnknown")
    return [
        Figure("taken", len(calls), at_least=MANY),
        Figure("not paid in the end", MANY - judgement.figures.statuses["COMPLETED"], at_most=0),
        Figure("worker kills", kills, at_least=LEAST_KILLS),
        Figure("outcomes that were unknown", unknown, at_least=LEAST_UNKNOWN),
        *judgement_figures(judgement),
    ]


def _post_many(scene: Scene, name: str) -> list[Call]:
    with probing(scene, name) as probe:
        return [probe.insist(probe.post()) for _ in range(MANY // POSTERS)]


def _kill_while(scene: Scene, goes_on: Callable[[], bool]) -> int:
    """Kill a child of a worker every 0.3 seconds, now and then all of one; how many kills there were."""
    workers = [process for process in scene.stack.processes if process.name.startswith("worker")]
    kills, ends_at = 0, time.monotonic() + MOST_KILLING_SECONDS
    while goes_on() and time.monotonic() < ends_at:
        time.sleep(KILL_SECONDS)
        worker = scene.chance.choice(workers)
        if kills % GROUP_KILL_EVERY == GROUP_KILL_EVERY - 1:
            worker.kill_group()
            kills += 1
            worker.wait_until_ready()
        else:
            kills += worker.kill_child(scene.chance) is not None
    return kills


def _count_events(stack: ChaosStack, event: str) -> int:
    with stack.database() as database:
        found = database.execute("SELECT count(*) FROM events_event WHERE type = %s", [event]).fetchone()
    return int(found[0]) if found else 0


# --- a backup from before the payments ---------------------------------------------------------------------------

RESTORED = 30


def restore_from_backup(seed: int) -> Sequence[Figure]:
    """What was paid after the backup is due again in it; the bank would pay it again."""
    with _stage("restore") as stage, folder() as elsewhere:
        stack = stage.stack
        stack.process("worker").down()
        with probing(_scene(stage, "restore", seed)) as probe:
            calls = [probe.insist(probe.post()) for _ in range(RESTORED)]
        _with_service_down(stack, lambda: _copy_data(stack, elsewhere))
        _wait_for_executions(stack, len(calls))
        sandbox.set_behaviour(stack, idempotent=False)
        resumed: list[subprocess.CompletedProcess[str]] = []
        _with_service_down(stack, lambda: _put_back(stack, elsewhere), lambda: resumed.append(_resume(stack)))
        judgement = stage.judge()
    return [
        Figure("exit code of resume_after_restore", resumed[0].returncode, at_most=0, at_least=0),
        Figure("not paid in the end", RESTORED - judgement.figures.statuses["COMPLETED"], at_most=0),
        *judgement_figures(judgement),
    ]


def _with_service_down(
    stack: ChaosStack, without_server: Callable[[], None], *then: Callable[[], None]
) -> None:
    """Stop the service and PostgreSQL; do the first thing, start PostgreSQL, do the others, start the service."""
    for name in SERVICE:
        stack.process(name).down()
    stack.postgres.terminate()
    without_server()
    stack.postgres.up()
    stack.postgres.wait_until_ready()
    for step in then:
        step()
    for name in SERVICE:
        stack.process(name).up()
    for name in SERVICE:
        stack.process(name).wait_until_ready()


def _copy_data(stack: ChaosStack, elsewhere: Path) -> None:
    _copy(stack.postgres.spec.directory, elsewhere / "data")


def _put_back(stack: ChaosStack, elsewhere: Path) -> None:
    data = stack.postgres.spec.directory
    shutil.rmtree(data)
    _copy(elsewhere / "data", data)


def _copy(source: Path, target: Path) -> None:
    # With its owner, who is another one where the tests run as root.
    subprocess.run(["/bin/cp", "-a", str(source), str(target)], check=True)


def _resume(stack: ChaosStack) -> subprocess.CompletedProcess[str]:
    return stack.manage("resume_after_restore", timeout_seconds=120)


def _wait_for_executions(stack: ChaosStack, count: int) -> None:
    wait_until(lambda: sandbox.count_movements(stack) >= count, seconds=120)


# --- a day without an answer to any question ---------------------------------------------------------------------

UNANSWERED = 10


def ask_in_vain_for_a_day(seed: int) -> Sequence[Figure]:
    """Executed, the reply lost, and then the bank is away until the horizon is over; the clock is moved."""
    with _stage("a-day") as stage:
        stack = stage.stack
        sandbox.set_behaviour(stack, lost_reply_rate=1)
        with probing(_scene(stage, "a-day", seed)) as probe:
            for _ in range(UNANSWERED):
                probe.insist(probe.post())
        _wait_for_executions(stack, UNANSWERED)
        time.sleep(3)  # until each reply has been waited for, and its payout is unknown
        stack.bank_proxy.refuse()
        stack.bank_proxy.reset()
        _move_the_clock(stack)
        wait_until(lambda: _count_in_stage(stack, "needs_review") >= UNANSWERED, seconds=120)
        # By now it has forgotten the keys: whatever is sent again is paid again.
        sandbox.set_behaviour(stack, lost_reply_rate=0, idempotent=False)
        stack.bank_proxy.heal()
        time.sleep(15)
        executed = sandbox.count_movements(stack)
        judgement = replace(stage, horizon_seconds=0).judge()
    return [
        Figure("waiting for a person", judgement.figures.needs_review, at_least=UNANSWERED),
        Figure("resends", executed - UNANSWERED, at_most=0),
        *judgement_figures(judgement),
    ]


def _move_the_clock(stack: ChaosStack) -> None:
    """As if everything had been sent a day ago."""
    with stack.database() as database:
        database.execute(
            "UPDATE payouts_payoutattempt SET first_sent_at = first_sent_at - interval '1 day',"
            " unknown_since = unknown_since - interval '1 day', next_inquiry_at = now()"
            " WHERE next_inquiry_at IS NOT NULL"
        )


def _count_in_stage(stack: ChaosStack, stage: str) -> int:
    with stack.database() as database:
        found = database.execute("SELECT count(*) FROM payouts_payout WHERE stage = %s", [stage]).fetchone()
    return int(found[0]) if found else 0


ROWS = (
    OwnRow(
        "thousand",
        "1,000 payouts; the bank forgets keys and loses 15 % of its replies; workers are killed every 0.3 s",
        "doubles 0, lost 0",
        pay_a_thousand,
    ),
    OwnRow(
        "restored",
        "restored from a backup, then resumed",
        "asks the rail before paying; doubles 0",
        restore_from_backup,
    ),
    OwnRow(
        "inquiry-down",
        "bank: no answer to inquiries for a day (clock moved)",
        "needs_review; resends 0",
        ask_in_vain_for_a_day,
    ),
)
