from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infrastructure.payouts.rails.sandbox import SandboxRail
from payouts.rails import get_rail
from sandbox_bank.desk import Timings
from sandbox_bank.running import Settings, running_bank
from tests.sandbox_bank.bank_client import BankClient, http_client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_django import Settings as DjangoSettings


@pytest.fixture
def bank(tmp_path: Path, settings: DjangoSettings) -> Iterator[BankClient]:
    """A running bank; the sandbox rail is pointed to it."""
    timings = Timings(delay_seconds=0.2, hang_seconds=1.6)
    with running_bank(Settings("127.0.0.1", 0, tmp_path / "bank.sqlite", timings)) as url:
        settings.SANDBOX_BANK_URL = url
        settings.SANDBOX_RAIL_DEADLINE_SECONDS = 1.0
        get_rail.cache_clear()
        with http_client(url) as http:
            yield BankClient(http)
    get_rail.cache_clear()


@pytest.fixture
def rail(bank: BankClient) -> Iterator[SandboxRail]:  # noqa: ARG001  asks for the bank it talks to
    sandbox = get_rail("sandbox")
    assert isinstance(sandbox, SandboxRail)
    yield sandbox
    sandbox.close()
