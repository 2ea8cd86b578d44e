"""The stage itself: it comes up, takes what scenarios do to it, and leaves nothing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest

from tests.chaos.cuts import OF_A_CREATION
from tests.chaos.process_tree import list_processes, pids_at_home
from tests.chaos.stack import ChaosStack, chaos_stack
from tests.servers import home_for_servers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE_SECONDS = 30.0


def wait_until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def stack() -> Iterator[ChaosStack]:
    with home_for_servers() as home:
        with chaos_stack(home) as running:
            yield running
        assert not list(pids_at_home(home))


@pytest.fixture
def http(stack: ChaosStack) -> Iterator[httpx.Client]:
    with stack.http(stack.organizations[0]) as client:
        yield client


@pytest.fixture
def order(http: httpx.Client, request: pytest.FixtureRequest) -> dict[str, Any]:
    """What a client posts to be paid."""
    recipient = http.post(
        "/api/recipients/",
        json={"type": "INDIVIDUAL", "name": "Jane Roe", "account_number": "UA1234567890"},
    )
    return {
        "recipient_id": recipient.raise_for_status().json()["id"],
        "amount": "100.50",
        "currency": "USD",
        "idempotency_key": request.node.name[-40:],
    }


def status_of(http: httpx.Client, payout_id: int) -> str:
    return str(http.get(f"/api/payouts/{payout_id}/").raise_for_status().json()["status"])


def pay(http: httpx.Client, order: dict[str, Any]) -> int:
    """Post the order and wait until it is completed."""
    payout = http.post("/api/payouts/", json=order).raise_for_status().json()
    wait_until(lambda: status_of(http, payout["id"]) == "COMPLETED")
    return int(payout["id"])


def test_it_pays_through_the_proxies(stack: ChaosStack, http: httpx.Client, order: dict[str, Any]) -> None:
    pay(http, order)

    for proxy in (stack.postgres_proxy, stack.valkey_proxy, stack.bank_proxy):
        assert proxy.counters.bytes_to_client > 0
    ledger = httpx.get(f"{stack.bank_url}/ledger", trust_env=False).text
    assert "UA1234567890" in ledger


@pytest.mark.parametrize("name", ["worker", "web", "relay", "beat", "sandbox_bank", "valkey", "postgres"])
def test_it_brings_back_on_the_same_port_what_was_killed(
    name: str, stack: ChaosStack, http: httpx.Client, order: dict[str, Any]
) -> None:
    process = stack.process(name)
    starts = process.starts

    process.kill_group()

    wait_until(lambda: process.starts > starts)
    process.wait_until_ready()
    stack.wait_until_ready()
    pay(http, order)


def test_it_brings_back_a_database_whose_main_process_alone_was_killed(stack: ChaosStack) -> None:
    starts = stack.postgres.starts
    with stack.database() as connection:
        stack.postgres.kill_leader()

        wait_until(lambda: stack.postgres.starts > starts and stack.postgres.is_ready())
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


def test_it_freezes_the_sessions_of_the_database_too(stack: ChaosStack) -> None:
    with stack.database() as connection:
        backend = connection.info.backend_pid
        stack.postgres.stop()
        try:
            frozen = {listed.pid for listed in list_processes() if listed.is_stopped}
            assert {backend, stack.postgres.pid} <= frozen
        finally:
            stack.postgres.cont()
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_it_cuts_the_connection_when_the_commit_is_done(
    stack: ChaosStack, http: httpx.Client, order: dict[str, Any]
) -> None:
    stack.postgres_proxy.cut_answer_after(OF_A_CREATION)

    first = http.post("/api/payouts/", json=order)
    again = http.post("/api/payouts/", json=order)

    assert stack.postgres_proxy.counters.cuts == 1
    assert first.status_code >= 500
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (200, "true")
    wait_until(lambda: status_of(http, again.json()["id"]) == "COMPLETED")


def test_it_runs_more_of_a_kind(stack: ChaosStack, http: httpx.Client, order: dict[str, Any]) -> None:
    added = [stack.add(role).name for role in ("relay", "worker", "beat", "relay")]
    assert added == ["relay-2", "worker-2", "beat-2", "relay-3"]
    for name in ("relay", "worker"):
        stack.process(name).down()

    pay(http, order)

    assert "worker-2@" in stack.log_text("worker-2")
    for name in ("relay", "worker"):
        stack.process(name).up()
    assert all(stack.remove(name) for name in added)


def test_it_has_two_tenants_that_do_not_see_each_other(
    stack: ChaosStack, http: httpx.Client, order: dict[str, Any]
) -> None:
    payout_id = pay(http, order)
    with stack.http(stack.organizations[1]) as other:
        assert other.get(f"/api/payouts/{payout_id}/").status_code == 404


def test_it_runs_commands_and_reaches_the_servers_itself(stack: ChaosStack) -> None:
    assert "[X]" in stack.manage("showmigrations", "payouts").stdout
    assert stack.manage("no_such_command").returncode != 0
    with stack.redis() as broker:
        assert broker.ping()


def test_it_knows_what_no_log_may_show(stack: ChaosStack) -> None:
    assert {tenant.api_key for tenant in stack.organizations} <= stack.secrets
    # Made for the home (a key of encryption with its name, and without), of the servers, of the tenants.
    assert len(stack.secrets) == 6 + 1 + 2 + 2
    for process in stack.processes:
        text = process.log_text()
        assert not [secret for secret in stack.secrets if secret in text]
