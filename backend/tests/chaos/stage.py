"""A running stack with tenants who pay, and the judgement of what came of it."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.chaos.accounts import open_accounts
from tests.chaos.checker import figures_of, find_violations
from tests.chaos.client_log import ClientLog
from tests.chaos.facts import gather_facts, wait_for_rest
from tests.chaos.resources import measure_resources
from tests.chaos.stack import TIMES, chaos_stack
from tests.chaos.strikes import StrikeOrders
from tests.stores import dump_stores

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.chaos.accounts import Account
    from tests.chaos.checker import Figures, Violation
    from tests.chaos.evidence import Resources
    from tests.chaos.stack import ChaosStack

RELAY_SECONDS = 20.0
REST_SECONDS = 240.0
"""I7's bound: the rail's horizon, after which a person is called, and time for what waits."""


@dataclass(frozen=True)
class Judgement:
    violations: Sequence[Violation]
    figures: Figures


@dataclass(frozen=True)
class Stage:
    stack: ChaosStack
    accounts: Sequence[Account]
    log: ClientLog
    orders: StrikeOrders
    horizon_seconds: float

    def judge(self, before: Resources | None = None) -> Judgement:
        """Wait for rest, gather what is seen from outside, and let the checker decide."""
        stack, accounts = self.stack, self.accounts
        rest = wait_for_rest(url=stack.url, accounts=accounts, bound_seconds=REST_SECONDS)
        seen = gather_facts(
            url=stack.url,
            bank_url=stack.bank_url,
            accounts=accounts,
            log=self.log,
            rest=rest,
            logs=[*sorted((stack.home / "logs").iterdir()), *_dump_stores(stack)],
            secrets=stack.secrets,
            before=before,
            after=measure_resources(stack) if before else None,
        )
        facts = replace(seen, unrelayed=_count_unrelayed(stack), horizon_seconds=self.horizon_seconds)
        violations = find_violations(facts)
        return Judgement(violations, figures_of(facts, violations))


@contextmanager
def open_stage(home: Path, *, name: str, environment: Mapping[str, str] | None = None) -> Iterator[Stage]:
    """A stack in this folder, with payees whose account numbers belong to this name alone."""
    orders = StrikeOrders(home / "strikes")
    armed = {"CHAOS_STRIKE_ORDERS": str(orders.folder), **(environment or {})}
    with chaos_stack(home, environment=armed) as stack:
        accounts = open_accounts(stack.url, stack.organizations, name, add_reader_keys(stack))
        horizon_seconds = float({**TIMES, **armed}["SANDBOX_RAIL_HORIZON_SECONDS"])
        yield Stage(stack, accounts, ClientLog(home / "clients.jsonl"), orders, horizon_seconds)


def _dump_stores(stack: ChaosStack) -> list[Path]:
    folder = stack.home / "dumps"
    folder.mkdir(exist_ok=True)
    return dump_stores(database_url=stack.database_url, redis_url=stack.redis_url, folder=folder)


def _count_unrelayed(stack: ChaosStack) -> int:
    """The markers of events that the relay has not taken away, when it has had time enough."""
    ends_at = time.monotonic() + RELAY_SECONDS
    while (count := _count_markers(stack)) and time.monotonic() < ends_at:
        time.sleep(0.5)
    return count


def _count_markers(stack: ChaosStack) -> int:
    return int(json.loads(stack.manage("status", "--json").stdout)["markers"]["count"])


def add_reader_keys(stack: ChaosStack) -> dict[str, str]:
    """For each tenant a key that reads payouts with masked account numbers."""
    return {tenant.name: _add_reader_key(stack, tenant.name) for tenant in stack.organizations}


def _add_reader_key(stack: ChaosStack, organization: str) -> str:
    done = stack.manage("create_api_key", organization, "--name", "reader", "--scope", "payouts:read")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@contextmanager
def folder(kept: Path | None = None) -> Iterator[Path]:
    """One that goes afterwards, or the kept one. As root, PostgreSQL runs as somebody who must pass it."""
    home = kept or Path(tempfile.mkdtemp(prefix="payouts-chaos-"))
    home.mkdir(exist_ok=True)
    home.chmod(0o711)
    try:
        yield home
    finally:
        if kept is None:
            shutil.rmtree(home, ignore_errors=True)
