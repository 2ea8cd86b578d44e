"""How the sandbox rail leaves a bank alone that does not answer, counted at the bank's door."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from cli.ports import find_free_port
from payouts.domain.rail import NotFound, NotSent, Unknown
from tests.infrastructure.payouts.rails.bank_answers import (
    KEY,
    bank_with_rail,
    rail_to,
    saying,
    submit,
    transfer,
)
from tests.infrastructure.raw_server import http_answer, resetting_after_reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_django import Settings

    from infrastructure.payouts.rails.sandbox import SandboxRail
    from tests.infrastructure.raw_server import Behaviour, Conversation

PATIENCE_CALLS = 10
# The first pause, of one second, is over by then; the next one, of two, is not.
LONG_ENOUGH_SECONDS = 1.8
LEFT_ALONE = "The bank is left alone for a while."


def send(rail: SandboxRail) -> None:
    submit(rail)


def ask(rail: SandboxRail) -> None:
    rail.inquire([KEY])


def refusing_with_500(conversation: Conversation) -> None:
    conversation.read_request()
    conversation.send(http_answer(b"", status="500 Internal Server Error", headers=("Connection: close",)))


def answering_questions_only(conversation: Conversation) -> None:
    if conversation.read_request().startswith(b"POST"):
        return conversation.reset()
    body = json.dumps({"transfers": [transfer("not_found", reference=None)]}).encode()
    return conversation.send(http_answer(body, headers=("Connection: close",)))


@pytest.mark.parametrize("call", [send, ask])
@pytest.mark.parametrize("behaviour", [resetting_after_reading, refusing_with_500])
def test_it_calls_a_bank_that_does_not_answer_now_and_then_only(
    call: Callable[[SandboxRail], None], behaviour: Behaviour, settings: Settings
) -> None:
    with bank_with_rail(behaviour, settings) as (bank, rail):
        until = time.monotonic() + LONG_ENOUGH_SECONDS
        while time.monotonic() < until:
            call(rail)
            time.sleep(0.001)  # leaves the bank's thread a turn
        assert bank.connections == PATIENCE_CALLS + 1


def test_it_takes_a_few_lost_answers_for_no_outage(settings: Settings) -> None:
    with bank_with_rail(resetting_after_reading, settings) as (bank, rail):
        for _ in range(3):
            for _ in range(PATIENCE_CALLS - 1):
                submit(rail)
            assert rail.orders_at_once
            bank.behaviour = saying(transfer())
            submit(rail)
            bank.behaviour = resetting_after_reading
            rail._client.close()
            del rail._client
        assert rail.orders_at_once


def test_it_says_without_a_call_that_nothing_was_sent_after_a_refused_connection(settings: Settings) -> None:
    with rail_to(f"http://127.0.0.1:{find_free_port()}", settings) as rail:
        outcomes = [submit(rail)[KEY] for _ in range(3)]
        assert outcomes == [NotSent("The bank cannot be reached: ConnectError."), *[NotSent(LEFT_ALONE)] * 2]
        assert not rail.orders_at_once


def test_it_goes_on_asking_a_bank_that_takes_no_orders(settings: Settings) -> None:
    with bank_with_rail(answering_questions_only, settings) as (_, rail):
        for _ in range(PATIENCE_CALLS):
            submit(rail)
        assert not rail.orders_at_once
        assert rail.takes_questions
        assert rail.inquire([KEY]) == {KEY: NotFound()}
        assert not rail.orders_at_once


def test_it_learns_nothing_from_a_bank_that_it_leaves_alone(settings: Settings) -> None:
    with rail_to(f"http://127.0.0.1:{find_free_port()}", settings) as rail:
        rail.inquire([KEY])
        assert not rail.takes_questions
        assert rail.inquire([KEY]) == {KEY: Unknown(LEFT_ALONE)}


def test_it_sends_again_when_the_pause_is_over_and_the_bank_is_back(settings: Settings) -> None:
    with bank_with_rail(resetting_after_reading, settings) as (bank, rail):
        for _ in range(PATIENCE_CALLS):
            submit(rail)
        bank.behaviour = saying(transfer())
        assert submit(rail) == {KEY: NotSent(LEFT_ALONE)}
        time.sleep(1.1)
        assert type(submit(rail)[KEY]).__name__ == "Completed"
        assert rail.orders_at_once
