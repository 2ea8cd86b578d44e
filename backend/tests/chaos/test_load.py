"""The load and the checker on a service to which nothing is done: a yardstick for what faults change."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.chaos.accounts import SCRIPTED_SUFFIXES, open_accounts
from tests.chaos.bad_requests import bad_requests
from tests.chaos.caller import Caller
from tests.chaos.checker import figures_of, find_violations
from tests.chaos.client_log import ClientLog, Kind, Result, creates
from tests.chaos.facts import gather_facts, read_ledger, search_logs, wait_for_rest
from tests.chaos.load import MixedLoad
from tests.chaos.made_up import ACME, GLOBEX
from tests.chaos.shopper import Pace, Shopper
from tests.chaos.stack import chaos_stack
from tests.servers import home_for_servers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tests.chaos.accounts import Account
    from tests.chaos.client_log import Call
    from tests.chaos.evidence import Facts, SeenPayout
    from tests.chaos.stack import ChaosStack

LOAD_SECONDS = 10.0
NOBODY = "http://127.0.0.1:1"
REST_SECONDS = 90.0


@pytest.fixture(scope="module")
def stack() -> Iterator[ChaosStack]:
    # So that nobody waits long until a person is called.
    with (
        home_for_servers() as home,
        chaos_stack(home, environment={"SANDBOX_RAIL_HORIZON_SECONDS": "12"}) as stack,
    ):
        yield stack


@pytest.fixture(scope="module")
def reader_keys(stack: ChaosStack) -> dict[str, str]:
    read_only = ("--name", "reader", "--scope", "payouts:read")
    names = [tenant.name for tenant in stack.organizations]
    return {name: stack.manage("create_api_key", name, *read_only).stdout.strip() for name in names}


@pytest.fixture
def accounts(
    request: pytest.FixtureRequest, stack: ChaosStack, reader_keys: dict[str, str]
) -> tuple[Account, ...]:
    """Each test pays payees of its own, and so asks for nothing that another would not know of."""
    return open_accounts(stack.url, stack.organizations, request.node.name, reader_keys)


def test_it_breaks_no_promise_when_nothing_is_broken(
    stack: ChaosStack, accounts: tuple[Account, ...]
) -> None:
    url, log = stack.url, ClientLog()
    with MixedLoad(url=url, accounts=accounts, log=log, seed=1, run_name="calm", requests_per_second=50):
        time.sleep(LOAD_SECONDS)
    rest = wait_for_rest(url=url, accounts=accounts, bound_seconds=REST_SECONDS)
    facts = gather_facts(
        url=url,
        bank_url=stack.bank_url,
        accounts=accounts,
        log=log,
        rest=rest,
        logs=(stack.home / "logs").glob("*.log"),
        secrets=stack.secrets,
    )
    violations = find_violations(facts)
    figures = figures_of(facts, violations)

    assert not violations
    assert (figures.unknown_calls, figures.retries, figures.server_errors) == (0, 0, {})
    assert figures.acknowledged > 50
    assert {"COMPLETED", "FAILED", "RETURNED"} <= figures.statuses.keys()
    assert facts.deletions
    _assert_mixed(facts.calls)
    _assert_spread(facts.calls, accounts)

    _pay_behind_its_back(stack, _paid_at_once(facts))
    movements = tuple(read_ledger(stack.bank_url))

    found = find_violations(replace(facts, movements=movements))
    assert [violation.invariant for violation in found] == ["I1", "SUM"]


def _paid_at_once(facts: Facts) -> SeenPayout:
    """A payout to an account for which the bank has no script."""
    ordinary = {payee.recipient_id for account in facts.accounts for payee in account.ordinary}
    return next(
        payout
        for payout in facts.payouts
        if payout.shown["recipient_id"] in ordinary and facts.movements_of.get(payout.reference)
    )


def _pay_behind_its_back(stack: ChaosStack, payout: SeenPayout) -> None:
    """What a service would do that sends a payout again under another key."""
    transfer = {
        "key": f"{payout.reference}-9",
        "end_to_end_id": f"PO{payout.reference}",
        "amount_minor": int(payout.shown["amount"].replace(".", "")),
        "currency": payout.shown["currency"],
        "beneficiary_name": payout.shown["recipient_name_snapshot"],
        "account_number": payout.shown["account_number_snapshot"],
    }
    answer = httpx.post(f"{stack.bank_url}/transfers", json={"transfers": [transfer]}, trust_env=False)
    assert answer.json()["transfers"][0]["status"] == "executed"


def _assert_mixed(calls: Sequence[Call]) -> None:
    counts = Counter(call.kind for call in calls)
    asked = sum(counts[kind] for kind in (Kind.CREATE, Kind.REPEAT, Kind.CONFLICT, Kind.BAD_INPUT))
    assert 0.04 < counts[Kind.REPEAT] / asked < 0.20
    assert 0.01 < counts[Kind.CONFLICT] / asked < 0.13
    assert 0.01 < counts[Kind.BAD_INPUT] / asked < 0.13
    assert 0.4 < asked / len(calls) < 0.8
    assert counts.keys() >= {Kind.DETAIL, Kind.LIST, Kind.EVENTS, Kind.FOREIGN, Kind.MOVE, Kind.DELETE}


def _assert_spread(calls: Sequence[Call], accounts: Sequence[Account]) -> None:
    payees = {payee.recipient_id: payee for account in accounts for payee in account.payees}
    made = [(call, payees[call.body["recipient_id"]]) for call in creates(calls) if call.kind is Kind.CREATE]
    assert {call.body["currency"] for call, _ in made} == {"EUR", "USD", "JPY", "BHD"}
    assert 0.3 < sum(payee.is_scripted for _, payee in made) / len(made) < 0.7
    assert len({payee.account_number[-4:] for _, payee in made} & set(SCRIPTED_SUFFIXES)) > 9


def test_it_finds_what_has_not_come_to_rest(stack: ChaosStack, accounts: tuple[Account, ...]) -> None:
    url, account = stack.url, accounts[0]
    never_heard_of = next(payee for payee in account.payees if payee.account_number.endswith("0013"))
    with Caller(url, account, ClientLog()) as caller:
        body = {"recipient_id": never_heard_of.recipient_id, "amount": "1.00", "currency": "EUR"}
        call = caller.send(
            Kind.CREATE, "POST", "/api/payouts/", body=body, headers={"Idempotency-Key": "never-at-rest"}
        )

    rest = wait_for_rest(url=url, accounts=accounts, bound_seconds=0)
    silence = wait_for_rest(url=NOBODY, accounts=[account], bound_seconds=0)

    assert [call.answer["reference"] in subject for subject in rest.stuck].count(True) == 1
    assert ["ConnectError" in subject for subject in silence.stuck] == [True]


def test_it_refuses_each_bad_request(stack: ChaosStack, accounts: tuple[Account, ...]) -> None:
    log = ClientLog()
    with Caller(stack.url, accounts[0], log) as caller:
        for bad in bad_requests(accounts[0].payees[0].recipient_id):
            caller.send_raw(
                Kind.BAD_INPUT, bad.method, bad.path, key=bad.name, content=bad.content, headers=bad.headers
            )

    assert [(call.key, call.status) for call in log.calls if call.result is not Result.REFUSED] == []
    assert {call.status for call in log.calls} == {400, 401, 404, 405, 413, 415}


def _plan(seed: int) -> list[tuple[str, object]]:
    """What a client would ask for, towards a service that never answers."""
    log, stopping = ClientLog(), threading.Event()
    stopping.set()
    shopper = Shopper(
        url=NOBODY,
        accounts=[ACME, GLOBEX],
        log=log,
        random=Random(seed),
        name="plan",
        pace=Pace(0.0),
        stopping=stopping,
    )
    with shopper:
        for _ in range(100):
            shopper.act()
    return [(call.kind.value, call.body) for call in log.calls]


def test_it_repeats_the_plan_of_a_seed() -> None:
    first, again, other = _plan(1), _plan(1), _plan(2)

    assert len(first) > 50
    assert first == again != other


def test_it_insists_on_an_answer_to_a_request_for_a_payout() -> None:
    log = ClientLog()
    with MixedLoad(url=NOBODY, accounts=[ACME, GLOBEX], log=log, seed=1, run_name="deaf", clients=1) as load:
        time.sleep(1)
        load.pause()
        load.resume()

    asked = [call for call in log.calls if call.kind is Kind.CREATE]
    assert len(asked) > 2
    assert {(call.tenant, call.key, call.result) for call in asked} == {
        (asked[0].tenant, "deaf-0-1", Result.UNKNOWN)
    }
    assert [call.attempt for call in asked] == list(range(1, len(asked) + 1))


def test_it_asks_for_nothing_while_it_is_paused(stack: ChaosStack, accounts: tuple[Account, ...]) -> None:
    log = ClientLog()
    load = MixedLoad(
        url=stack.url, accounts=accounts, log=log, seed=2, run_name="pause", requests_per_second=100
    )
    with load:
        load.pause()
        time.sleep(1.5)  # for what they are at
        asked_before = len(log.calls)
        time.sleep(1)
        asked_meanwhile = len(log.calls) - asked_before
        load.resume()
        time.sleep(1)

    assert asked_meanwhile == 0
    assert len(log.calls) > asked_before


def test_it_tells_of_a_client_that_has_broken_down() -> None:
    load = MixedLoad(url=NOBODY, accounts=[], log=ClientLog(), seed=1, run_name="none")
    load.start()

    with pytest.raises(IndexError):
        load.stop()


def test_it_finds_what_no_log_may_hold(tmp_path: Path) -> None:
    logs = [tmp_path / "web.log", tmp_path / "worker.log"]
    logs[0].write_text(f"paid to {ACME.payees[0].account_number}\n")
    logs[1].write_text("nothing to see\n")

    needles = {ACME.payees[0].account_number: "an account number", "secret": "a secret"}

    assert [(find.log, find.what) for find in search_logs(logs, needles)] == [
        ("web.log", "an account number")
    ]
