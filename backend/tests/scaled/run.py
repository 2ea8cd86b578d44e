"""One run: what a payout costs, then mixed load, one of each killed, an upgrade with a migration, rest, and the checker's word."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from tests.chaos.checker import figures_of, find_violations
from tests.chaos.client_log import ClientLog, Kind, Result, percentile
from tests.chaos.facts import gather_facts, wait_for_rest
from tests.chaos.load import MixedLoad
from tests.scaled.compose import SCALE
from tests.scaled.cost import measure_cost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.chaos.accounts import Account
    from tests.chaos.checker import Figures, Violation
    from tests.chaos.client_log import Call
    from tests.scaled.compose import ComposeStack
    from tests.scaled.cost import Cost

CALM_SECONDS = 20.0
BETWEEN_KILLS_SECONDS = 12.0
REST_SECONDS = 180.0


@dataclass(frozen=True)
class Phase:
    """What the clients saw in a part of the run."""

    name: str
    seconds: float
    calls: Sequence[Call]

    @property
    def why_broken(self) -> Counter[str]:
        """Requests whose result the client did not learn, by what the answer called it. Creations are repeated."""
        return Counter(
            (call.answer or {}).get("code", f"status {call.status}")
            if call.status
            else call.error.split(":")[0]
            for call in self.calls
            if call.result is Result.UNKNOWN
        )

    @property
    def p99_ms(self) -> float:
        answered = [call.seconds for call in self.calls if call.status is not None]
        return percentile(answered, 0.99) * 1000


@dataclass
class Story:
    """The phases as they were, and at the end what the checker says of them."""

    log: ClientLog = field(default_factory=ClientLog)
    phases: list[Phase] = field(default_factory=list)
    cost: Cost | None = None
    upgrade: str = ""
    figures: Figures | None = None
    violations: Sequence[Violation] = ()

    def tell(self, name: str, play: Callable[[], object]) -> None:
        began = time.monotonic()
        play()
        ended = time.monotonic()
        self.phases.append(Phase(name, ended - began, self.log.between(began, ended)))

    @property
    def unretried(self) -> list[Call]:
        """Creations whose result no repetition has told: what the client's retry did not cover."""
        known = {(call.tenant, call.key) for call in self.log.calls if call.result is not Result.UNKNOWN}
        return [
            call
            for call in self.log.calls
            if call.kind in {Kind.CREATE, Kind.REPEAT} and (call.tenant, call.key) not in known
        ]

    @property
    def is_well(self) -> bool:
        return not self.violations and not self.unretried


def play(
    stack: ComposeStack, *, next_image: str, seed: int, rate: float, say: Callable[[str], None]
) -> Story:
    story, accounts = Story(), stack.open_accounts()
    say("as fast as it goes")
    story.cost = measure_cost(stack, accounts, story.log)
    load = MixedLoad(
        url=stack.url,
        accounts=accounts,
        log=story.log,
        seed=seed,
        run_name="scaled",
        clients=8,
        requests_per_second=rate,
    )
    with load:
        for name, part in _parts(stack, story, next_image):
            say(name)
            story.tell(name, part)
    say("at rest?")
    _judge(stack, story, accounts)
    return story


def _parts(stack: ComposeStack, story: Story, next_image: str) -> Iterator[tuple[str, Callable[[], object]]]:
    yield "calm", partial(time.sleep, CALM_SECONDS)
    for service in SCALE:
        yield f"one {service} killed", partial(_kill, stack, service)
    yield "all healthy again", stack.wait_until_healthy
    yield "upgrade with a migration", partial(_upgrade, stack, story, next_image)
    yield "calm, of the next version", partial(time.sleep, CALM_SECONDS)


def _kill(stack: ComposeStack, service: str) -> None:
    stack.kill_one(service)
    time.sleep(BETWEEN_KILLS_SECONDS)


def _upgrade(stack: ComposeStack, story: Story, next_image: str) -> None:
    story.upgrade = stack.upgrade(next_image)


def _judge(stack: ComposeStack, story: Story, accounts: Sequence[Account]) -> None:
    rest = wait_for_rest(url=stack.url, accounts=accounts, bound_seconds=REST_SECONDS)
    facts = gather_facts(url=stack.url, bank_url=stack.bank_url, accounts=accounts, log=story.log, rest=rest)
    story.violations = find_violations(facts)
    story.figures = figures_of(facts, story.violations)
