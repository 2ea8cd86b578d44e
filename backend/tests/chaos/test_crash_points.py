"""Every crash point of the running service is struck in every way, and every promise is kept all the same."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.chaos.accounts import client_of
from tests.chaos.caller import Caller
from tests.chaos.crash_rounds import Traffic, insist_on_command, play_round
from tests.chaos.crash_scenarios import (
    COMMAND_COMMITS,
    RESTORE_COMMITS,
    SIGN_IN_COMMITS,
    service_strikes,
    strikes_at,
)
from tests.chaos.stage import open_stage
from tests.chaos.strikes import Fault, Strike
from tests.chaos.visitor import visitor
from tests.chaos.waiting import wait_until
from tests.servers import home_for_servers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.chaos.checker import Violation
    from tests.chaos.stage import Stage

pytestmark = pytest.mark.timeout(400)


@dataclass(frozen=True)
class Round:
    fault: Fault
    missed: set[Strike]
    violations: Sequence[Violation]
    crashes: int
    """Answers of 500."""


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with home_for_servers() as home, open_stage(home, name="strikes") as stage:
        # A worker that hangs must not keep the others from their work.
        stage.stack.add("worker")
        yield stage


@pytest.fixture(scope="module", params=list(Fault))
def played(request: pytest.FixtureRequest, stage: Stage) -> Round:
    """One round of traffic in which this fault strikes everywhere, and the checker's word on it."""
    fault: Fault = request.param
    began = time.monotonic()
    missed = play_round(stage, list(service_strikes(fault)), f"round-{fault}")
    crashes = sum(call.status == 500 for call in stage.log.between(began, time.monotonic()))
    return Round(fault, missed, _violations(stage), crashes)


def _violations(stage: Stage) -> list[Violation]:
    """Without answers of 500: of those a round has its own count."""
    return [each for each in stage.judge().violations if each.what != "answered 500"]


def test_it_is_struck_at_every_point(played: Round) -> None:
    assert not {strike.file_name for strike in played.missed}


def test_it_keeps_every_promise(played: Round) -> None:
    assert not played.violations


def test_it_crashes_at_nothing_else(played: Round) -> None:
    # What is raised at a crash point stands for a bug, and the client asks again.
    assert bool(played.crashes) is (played.fault is Fault.RAISE)


@pytest.mark.parametrize("fault", [Fault.KILL, Fault.RAISE])
def test_it_repeats_a_command_that_was_struck(stage: Stage, fault: Fault) -> None:
    name = f"Struck by {fault}"
    for strike in strikes_at(COMMAND_COMMITS, fault):
        stage.orders.give(strike)

    insist_on_command(stage.stack, "create_organization", name, "--environment", "test")
    key = insist_on_command(stage.stack, "create_api_key", name, "--name", "shop")
    insist_on_command(stage.stack, "revoke_api_key", key.strip().split("_")[2])
    insist_on_command(stage.stack, "setup_demo")
    insist_on_command(stage.stack, "remove_second_factors", "admin")

    assert not stage.orders.outstanding()
    assert _count_organizations(stage, name) == 1
    with client_of(stage.stack.url, key.strip()) as http:
        assert http.get("/api/payouts/").status_code == 401


def test_it_takes_a_code_once_though_it_was_struck(stage: Stage) -> None:
    admin = json.loads(insist_on_command(stage.stack, "setup_demo").splitlines()[-1])["admin"]
    with visitor(stage.stack.url) as owner, visitor(stage.stack.url) as again:
        owner.enter_password(**admin)
        first, second, *_ = owner.add_app(admin["password"])
        again.enter_password(**admin)
        for strike in strikes_at(SIGN_IN_COMMITS, Fault.KILL):
            stage.orders.give(strike)

        # Struck before the commit, it was not used; struck after it, it was, and nobody was told.
        taken = [again.enter_code(code) for code in (first, first, first, second)]

    assert not stage.orders.outstanding()
    assert taken == [False, False, False, True]


@pytest.mark.parametrize("fault", [Fault.KILL, Fault.RAISE])
def test_it_resumes_after_a_restore_though_it_was_struck(stage: Stage, fault: Fault) -> None:
    worker = stage.stack.process("worker")
    stage.stack.process("worker-2").down()
    with Caller(stage.stack.url, stage.accounts[0], stage.log) as caller:
        traffic = Traffic(caller, f"restore-{fault}")
        traffic.create("0006")  # executed, and its outcome is unknown
        time.sleep(3)
        stage.orders.give(Strike("claim_payouts.committed", Fault.KILL))
        traffic.create("7101")  # claimed, and never sent
        wait_until(lambda: not stage.orders.outstanding(), seconds=60)
        worker.down()
    wait_until(lambda: not _is_anything_leased(stage))  # until then the command refuses
    for strike in strikes_at(RESTORE_COMMITS, fault):
        stage.orders.give(strike)

    insist_on_command(stage.stack, "resume_after_restore", "--skip-wait", tries=8)
    missed = stage.orders.outstanding()
    worker.up()
    stage.stack.process("worker-2").up()

    assert not {strike.file_name for strike in missed}
    assert not _violations(stage)


def _is_anything_leased(stage: Stage) -> bool:
    with stage.stack.database() as database:
        found = database.execute(
            "SELECT EXISTS (SELECT FROM payouts_payoutattempt WHERE lease_until >= now())"
        ).fetchone()
    return found == (True,)


def _count_organizations(stage: Stage, name: str) -> int:
    with stage.stack.database() as database:
        found = database.execute(
            "SELECT count(*) FROM access_organization WHERE name = %s", [name]
        ).fetchone()
    return int(found[0]) if found else 0
