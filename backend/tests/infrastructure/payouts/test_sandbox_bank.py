from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from infrastructure.payouts.sandbox_bank import SandboxBank
from payouts.domain.sandbox_bank import BankNotReached
from tests.infrastructure.raw_server import answering_once, http_answer, raw_server
from tests.payouts.application.switchable import SOUND

if TYPE_CHECKING:
    from pytest_django import Settings

    from tests.sandbox_bank.bank_client import BankClient


def test_it_reads_how_the_bank_behaves(bank: BankClient) -> None:
    assert SandboxBank().read_behaviour() == SOUND

    bank.behave(latency_ms=7, idempotent=False, seed=3)

    assert SandboxBank().read_behaviour() == replace(SOUND, latency_ms=7, idempotent=False)


def test_it_has_the_bank_behave_otherwise(bank: BankClient) -> None:
    wanted = replace(SOUND, lost_reply_rate=0.25, in_flight_ms=40)
    bank.behave(seed=3)

    SandboxBank().set_behaviour(wanted)

    assert SandboxBank().read_behaviour() == wanted
    assert bank.behave(latency_ms=0)["seed"] == 3  # which is nobody's switch here


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (http_answer(b"{}", status="500 Oops"), "it answers with HTTP status 500"),
        (http_answer(b"<html>"), "its answer cannot be read"),
        (http_answer(b'{"latency_ms": 0}'), "its answer cannot be read"),
        (http_answer(b"[" * 100_000), "its answer cannot be read"),
    ],
)
def test_it_says_that_something_else_answers(settings: Settings, answer: bytes, reason: str) -> None:
    with raw_server(answering_once(answer)) as server:
        settings.SANDBOX_BANK_URL = server.url
        with pytest.raises(BankNotReached, match=reason):
            SandboxBank().read_behaviour()


def test_it_says_that_the_bank_is_away(settings: Settings) -> None:
    settings.SANDBOX_BANK_URL = "http://127.0.0.1:1"

    with pytest.raises(BankNotReached, match="cannot be asked at the moment: ConnectError"):
        SandboxBank().read_behaviour()
