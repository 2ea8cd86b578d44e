"""A real worker, on a broker that fails it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from payouts.models import Payout
from sandbox_bank.running import Settings as BankSettings
from sandbox_bank.running import running_bank
from tests.factories import make_organization, make_payout, make_recipient
from tests.infrastructure.broker import Broker
from tests.infrastructure.own_valkey import own_valkey
from tests.infrastructure.worker_process import wait_until, worker_process
from tests.payouts.application.engine import attempts_of, state_of
from tests.sandbox_bank.bank_client import BankClient, http_client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from payouts.models import Recipient
    from tests.infrastructure.own_valkey import OwnValkey
    from tests.infrastructure.worker_process import Worker

pytestmark = pytest.mark.django_db(transaction=True)

# Kombu by itself would try again after 2, 6, 12, 20 … seconds: this outage ends well before its next try.
OUTAGE_SECONDS = 7.5
BACK_SECONDS = 3.0


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[BankClient]:
    with (
        running_bank(BankSettings("127.0.0.1", 0, tmp_path / "bank.sqlite")) as url,
        http_client(url) as http,
    ):
        yield BankClient(http)


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[OwnValkey]:
    home = tmp_path / "valkey"
    home.mkdir()
    with own_valkey(home) as server:
        yield server


@pytest.fixture
def worker(db: None, tmp_path: Path, valkey: OwnValkey, bank: BankClient) -> Iterator[Worker]:  # noqa: ARG001  asks for the database
    with worker_process(
        tmp_path / "worker.log", broker_url=valkey.broker_url, bank_url=str(bank.http.base_url), concurrency=2
    ) as process:
        yield process


@pytest.fixture
def recipient(transactional_db: None) -> Recipient:  # noqa: ARG001  asks for the database
    return make_recipient(make_organization("Acme"))


def is_everything_paid() -> bool:
    return not Payout.objects.exclude(status="COMPLETED").exists()


def test_it_pays_when_it_is_woken_and_once_however_often(
    worker: Worker, bank: BankClient, recipient: Recipient
) -> None:
    first = make_payout(recipient)
    worker.wake()
    wait_until(is_everything_paid, timeout_seconds=5)
    assert state_of(first) == ("COMPLETED", "confirmed")

    payouts = [first, *[make_payout(recipient) for _ in range(20)]]
    worker.wake(times=3)
    wait_until(Broker(worker.broker_url).is_drained, timeout_seconds=5)

    assert sorted(bank.executed_keys()) == sorted(f"{payout.reference}-1" for payout in payouts)
    assert {tuple(attempts_of(payout)) for payout in payouts} == {((1, "succeeded"),)}


def test_it_is_back_soon_after_its_broker(
    worker: Worker, bank: BankClient, valkey: OwnValkey, recipient: Recipient
) -> None:
    payout = make_payout(recipient)
    valkey.kill()
    time.sleep(OUTAGE_SECONDS)
    valkey.start()
    worker.wake()

    assert wait_until(is_everything_paid, timeout_seconds=30) < BACK_SECONDS
    assert bank.executed_keys() == [f"{payout.reference}-1"]
