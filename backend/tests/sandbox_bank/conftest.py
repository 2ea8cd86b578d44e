from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox_bank.callbacks import CallbackTarget, RetrySchedule
from sandbox_bank.desk import Timings
from sandbox_bank.running import Settings, running_bank
from tests.sandbox_bank.bank_client import BankClient, http_client
from tests.sandbox_bank.callback_receiver import SECRET, CallbackReceiver, callback_receiver

TIMINGS = Timings(delay_seconds=0.3, hang_seconds=1.0)
SOON = Timings(delay_seconds=0.1)
RETRIES = RetrySchedule(first_seconds=0.05, longest_seconds=0.1, most_tries=4)


@contextmanager
def a_client(settings: Settings) -> Iterator[BankClient]:
    with running_bank(settings) as url, http_client(url) as http:
        yield BankClient(http)


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[BankClient]:
    with a_client(Settings("127.0.0.1", 0, tmp_path / "bank.sqlite", TIMINGS)) as client:
        yield client


@pytest.fixture
def receiver() -> Iterator[CallbackReceiver]:
    with callback_receiver() as running:
        yield running


@pytest.fixture
def calling_bank(tmp_path: Path, receiver: CallbackReceiver) -> Iterator[BankClient]:
    """Run a bank that calls back, and soon gives up."""
    target = CallbackTarget(receiver.url, SECRET)
    with a_client(Settings("127.0.0.1", 0, tmp_path / "bank.sqlite", SOON, target, RETRIES)) as client:
        yield client
