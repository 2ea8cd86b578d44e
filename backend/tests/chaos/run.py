"""One run: the processes, the load, the faults one after the other, rest, and the checker's word."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from tests.chaos import sandbox
from tests.chaos.load import MixedLoad
from tests.chaos.matrix import Scene, play_safely
from tests.chaos.report import Results
from tests.chaos.resources import measure_resources
from tests.chaos.stage import open_stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.chaos.matrix import Figure, Row
    from tests.chaos.plan import Episode
    from tests.chaos.stack import ChaosStack
    from tests.chaos.stage import Judgement, Stage

# Half of the payouts are to accounts whose orders the bank answers late, twice or not at all. Two children, of
# whom each waits two seconds for such an answer, do about twice as much.
RATE = 8.0
WARM_UP_SECONDS = 5.0
READY_SECONDS = 30.0
PAUSE_SECONDS = 3.0
"""Of calm between two episodes."""


@dataclass(frozen=True)
class Outcome:
    results: Results
    judgement: Judgement

    def is_well(self, *, timings_count: bool) -> bool:
        return not self.judgement.violations and not self.results.broken(timings_count=timings_count)


def run_chaos(
    home: Path,
    *,
    seed: int,
    plan: Iterator[Episode],
    minutes: float,
    say: Callable[[str], None],
    requests_per_second: float = RATE,
    environment: Mapping[str, str] | None = None,
) -> Outcome:
    """Play the plan on a stack in this folder, and judge what came of it."""
    with open_stage(home, name=f"chaos-{seed}", environment=environment) as stage:
        load = MixedLoad(
            url=stage.stack.url,
            accounts=stage.accounts,
            log=stage.log,
            seed=seed,
            run_name="load",
            requests_per_second=requests_per_second,
        )
        with load:
            time.sleep(WARM_UP_SECONDS)
            before = measure_resources(stage.stack)
            results = _play(stage, load, plan, minutes * 60, say)
        say("at rest?")
        return Outcome(results, stage.judge(before))


def _play(
    stage: Stage, load: MixedLoad, plan: Iterator[Episode], seconds: float, say: Callable[[str], None]
) -> Results:
    """One episode, and as many more as begin within so many seconds."""
    results, ends_at = Results(), time.monotonic() + seconds
    for episode in plan:
        say(f"{episode.number + 1} {episode.row.name}")
        name = f"episode-{episode.number}"
        scene = Scene(stage.stack, stage.accounts, stage.log, stage.orders, episode.chance(), name, load)
        results.add(episode.row, _play_and_heal(episode.row, scene))
        if time.monotonic() >= ends_at:
            break
    return results


def _play_and_heal(row: Row, scene: Scene) -> Sequence[Figure]:
    played = play_safely(partial(row.play, scene), otherwise="did not come to its end")
    scene.orders.withdraw_all()
    return [*played, *play_safely(partial(_heal, scene.stack), otherwise="did not come back")]


def _heal(stack: ChaosStack) -> Sequence[Figure]:
    """Whatever an episode has left behind ends here, so that the next one finds a service that runs."""
    for proxy in (stack.postgres_proxy, stack.valkey_proxy, stack.bank_proxy):
        proxy.heal()
    for process in stack.processes:
        process.cont()
        process.up()
    for process in stack.processes:
        process.wait_until_ready(READY_SECONDS)
    stack.remove_added()
    sandbox.behave(stack)
    time.sleep(PAUSE_SECONDS)
    return []
