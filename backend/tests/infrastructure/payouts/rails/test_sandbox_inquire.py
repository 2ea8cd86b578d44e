from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cli.ports import find_free_port
from payouts.domain.failure import Failure, FailureCode, Source
from payouts.domain.rail import Accepted, Completed, NotFound, Rejected, Returned, Unknown
from tests.infrastructure.payouts.rails.bank_answers import (
    ACCOUNT_NUMBER,
    KEY,
    OTHER_KEY,
    REFUSAL,
    bank_with_rail,
    inquired,
    rail_to,
    saying,
    transfer,
)
from tests.infrastructure.raw_server import (
    answering,
    answering_once,
    hanging,
    http_answer,
    resetting_after_reading,
    resetting_before_reading,
)

if TYPE_CHECKING:
    from pytest_django import Settings

    from payouts.domain.rail import Outcome
    from tests.infrastructure.raw_server import Behaviour, Conversation

CLOSED = Failure(FailureCode.ACCOUNT_CLOSED, Source.RAIL, False, "account_closed", "The account is closed.")  # noqa: FBT003  a row
SILENT = Unknown("The bank's answer does not say what became of this order.")

WORDS: list[tuple[dict[str, Any], Outcome]] = [
    (transfer("executed"), Completed("bank-7", {"reply": "executed"})),
    (transfer("accepted"), Accepted("bank-7")),
    (transfer("in_progress"), Accepted("bank-7")),
    (transfer("in_progress", reference=None), Accepted("")),
    (transfer("returned"), Returned("bank-7", {"bank": "returned"})),
    (transfer("rejected", failure=REFUSAL), Rejected(CLOSED)),
    (transfer("not_found", reference=None), NotFound()),
    (transfer("returned", reference=None), SILENT),
    (transfer("executed", reference=None), SILENT),
    (transfer("NOT_FOUND"), SILENT),
    (transfer("lost"), SILENT),
    (transfer("not_found", key=OTHER_KEY), SILENT),
]


@pytest.mark.parametrize(("word", "expected"), WORDS)
def test_it_takes_the_bank_by_its_word(word: dict[str, Any], expected: Outcome, settings: Settings) -> None:
    assert inquired(saying(word), settings) == expected


def test_it_does_not_take_silence_about_a_key_for_not_found(settings: Settings) -> None:
    assert inquired(saying(), settings) == SILENT


@pytest.mark.parametrize(
    "behaviour",
    [
        saying(transfer("not_found"), status="404 Not Found"),
        saying(transfer("not_found"), status="500 Error"),
        saying(transfer("not_found"), status="202 Accepted"),
        answering(http_answer(b"")),
        answering(http_answer(b'{"transfers": [{"key": "01JQ-1", "status": "not_f')),
        answering_once(http_answer(b'{"transfers": []}')[:-1]),
        resetting_before_reading,
        resetting_after_reading,
        hanging,
    ],
)
def test_it_calls_unknown_what_the_bank_did_not_clearly_answer(
    behaviour: Behaviour, settings: Settings
) -> None:
    outcome = inquired(behaviour, settings)
    assert isinstance(outcome, Unknown)
    assert ACCOUNT_NUMBER not in outcome.reason


def test_it_calls_unknown_what_it_could_not_ask(settings: Settings) -> None:
    with rail_to(f"http://127.0.0.1:{find_free_port()}", settings) as rail:
        assert rail.inquire([KEY, OTHER_KEY]) == dict.fromkeys(
            (KEY, OTHER_KEY), Unknown("The bank did not answer: ConnectError.")
        )


@pytest.mark.parametrize("reference", ["7" * 201, "bank\x00", "bank-\ud800"])
def test_it_leaves_out_a_reference_that_cannot_be_kept_while_the_order_is_open(
    reference: str, settings: Settings
) -> None:
    assert inquired(saying(transfer("in_progress", reference=reference)), settings) == Accepted("")


def test_it_asks_about_many_orders_at_once(settings: Settings) -> None:
    keys = [f"01JQ{number:022}-1" for number in range(250)]
    requests: list[bytes] = []
    words = [transfer("in_progress", key=key, reference=f"bank-{key}") for key in keys]

    def keep_and_say(conversation: Conversation) -> None:
        requests.append(conversation.read_request())
        conversation.send(http_answer(json.dumps({"transfers": words}).encode()))

    with bank_with_rail(keep_and_say, settings) as (_, rail):
        outcomes = rail.inquire(keys)

    assert outcomes == {key: Accepted(f"bank-{key}") for key in keys}
    line = requests[0].split(b"\r\n", 1)[0].decode()
    assert line == f"GET /transfers?{'&'.join(f'key={key}' for key in keys)} HTTP/1.1"
