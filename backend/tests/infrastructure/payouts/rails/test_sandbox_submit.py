from __future__ import annotations

import json
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from cli.ports import find_free_port
from payouts.domain.failure import Failure, FailureCode, Source
from payouts.domain.rail import Accepted, Completed, NotSent, Rejected, Unknown
from tests.factories import NOON
from tests.infrastructure.payouts.rails.bank_answers import (
    ACCOUNT_NUMBER,
    KEY,
    OTHER_KEY,
    REFUSAL,
    bank_with_rail,
    order,
    rail_to,
    saying,
    submit,
    submitted,
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
    from structlog.typing import EventDict

    from payouts.domain.rail import SubmitOutcome
    from tests.infrastructure.raw_server import Behaviour, Conversation

CLOSED = Failure(FailureCode.ACCOUNT_CLOSED, Source.RAIL, False, "account_closed", "The account is closed.")  # noqa: FBT003  a row
BUSY = Failure(FailureCode.BANK_UNAVAILABLE, Source.RAIL, True, "bank_unavailable", "Later.")  # noqa: FBT003  a row
STRANGE = Failure(FailureCode.UNKNOWN, Source.RAIL, False, "E-17", "No.")  # noqa: FBT003  a row
SILENT = Unknown("The bank's answer does not say what became of this order.")
UNREADABLE = Unknown("The bank's answer cannot be read.")

WORDS: list[tuple[dict[str, Any], SubmitOutcome]] = [
    (transfer("executed"), Completed("bank-7", {"reply": "executed"})),
    (transfer("executed", failure=REFUSAL), Completed("bank-7", {"reply": "executed"})),
    (transfer("executed", extra={"deep": [1]}), Completed("bank-7", {"reply": "executed"})),
    (transfer("accepted"), Accepted("bank-7")),
    (transfer("rejected", failure=REFUSAL), Rejected(CLOSED)),
    (transfer("rejected", reference=None, failure=REFUSAL), Rejected(CLOSED)),
    (transfer("rejected", failure={"code": "E-17", "message": "No."}), Rejected(STRANGE)),
    (
        transfer("rejected", failure={"code": "bank_unavailable", "message": "Later.", "retryable": True}),
        Rejected(BUSY),
    ),
    # Only the word true itself makes a refusal one that may be tried again.
    (transfer("rejected", failure=REFUSAL | {"retryable": "true"}), Rejected(CLOSED)),
    (transfer("rejected", failure=REFUSAL | {"retryable": 1}), Rejected(CLOSED)),
]


@pytest.mark.parametrize(("word", "expected"), WORDS)
def test_it_takes_the_bank_by_its_word(
    word: dict[str, Any], expected: SubmitOutcome, settings: Settings
) -> None:
    assert submitted(saying(word), settings) == expected


@pytest.mark.parametrize(
    "word",
    [
        transfer("executed", reference=None),
        transfer("executed", reference=7),
        transfer("EXECUTED"),
        transfer("returned"),
        transfer("in_progress"),
        transfer("not_found"),
        transfer(""),
        transfer(None),
        transfer(None) | {"status": ["executed"]},
        transfer("accepted", reference=None),
        transfer("rejected"),
        transfer("rejected", failure="account_closed"),
        transfer("rejected", failure={"code": "account_closed"}),
        transfer("rejected", failure={"code": 7, "message": "No."}),
        transfer("executed", key=OTHER_KEY),
    ],
)
def test_it_calls_unknown_whatever_does_not_say_what_became_of_the_order(
    word: dict[str, Any], settings: Settings
) -> None:
    assert submitted(saying(word), settings) == SILENT


def test_it_takes_each_order_for_itself(settings: Settings) -> None:
    words = (transfer("executed", key="c-1"), transfer("rejected", key="a-1", failure=REFUSAL))
    with bank_with_rail(saying(*words), settings) as (_, rail):
        outcomes = submit(rail, "a-1", "b-1", "c-1")

    assert outcomes == {
        "a-1": Rejected(CLOSED),
        "b-1": SILENT,
        "c-1": Completed("bank-7", {"reply": "executed"}),
    }


def test_it_believes_a_word_that_is_said_twice(settings: Settings) -> None:
    twice = saying(transfer("executed"), transfer("executed"))
    assert submitted(twice, settings) == Completed("bank-7", {"reply": "executed"})


@pytest.mark.parametrize("first", ["executed", "rejected"])
def test_it_believes_neither_of_two_words_that_contradict_each_other(first: str, settings: Settings) -> None:
    words = [transfer("executed"), transfer("rejected", failure=REFUSAL)]
    said = saying(*sorted(words, key=lambda word: word["status"] != first))
    assert isinstance(submitted(said, settings), Unknown)


@pytest.mark.parametrize(
    "status",
    [
        "201 Created",
        "202 Accepted",
        "204 No Content",
        "302 Found",
        "400 Bad Request",
        "401 Unauthorized",
        "404 Not Found",
        "409 Conflict",
        "422 Unprocessable",
        "429 Too Many",
        "500 Error",
        "502 Bad Gateway",
        "503 Unavailable",
    ],
)
def test_it_believes_no_word_under_another_status_than_200(status: str, settings: Settings) -> None:
    outcome = submitted(saying(transfer("rejected", failure=REFUSAL), status=status), settings)
    assert isinstance(outcome, Unknown)


WHOLE = json.dumps({"transfers": [transfer("executed")]}).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"7",
        b'{"transfers": null}',
        b'{"transfers": 7}',
        b'{"transfers": "executed"}',
        b'{"transfers": [7]}',
        b'{"transfers": [null]}',
        b'{"transfers": [{"status": "executed"}]}',
        b'{"transfers": [{"key": ["01JQ-1"]}]}',
        b"<html>Bad gateway</html>",
        b"\xff\xfe",
        WHOLE[:-5],
        WHOLE[: len(WHOLE) // 2],
        WHOLE + b"}",
        b'{"transfers": [{"key": ' + b"7" * 5_000 + b"}]}",
        pytest.param(
            b"[" * 200_000,
            id="nested too deep",
        ),
    ],
)
def test_it_calls_an_answer_unknown_that_cannot_be_read(body: bytes, settings: Settings) -> None:
    assert submitted(answering(http_answer(body)), settings) == UNREADABLE


@pytest.mark.parametrize(
    ("behaviour", "errors"),
    [
        # Who is reset before being read may hear of it while still writing.
        (resetting_before_reading, {"ReadError", "WriteError", "RemoteProtocolError"}),
        (resetting_after_reading, {"ReadError"}),
        (answering_once(b""), {"RemoteProtocolError"}),
        (answering_once(http_answer(WHOLE)[:-5]), {"RemoteProtocolError"}),
        (answering_once(b"SSH-2.0-OpenSSH\r\n"), {"RemoteProtocolError"}),
        (hanging, {"ReadTimeout"}),
    ],
)
def test_it_calls_unknown_what_was_sent_and_not_answered(
    behaviour: Behaviour, errors: set[str], settings: Settings
) -> None:
    with bank_with_rail(behaviour, settings) as (bank, rail):
        outcomes = submit(rail, "a-1", "b-1")
        assert bank.connections == 1

    assert set(outcomes) == {"a-1", "b-1"}
    assert set(outcomes.values()) <= {Unknown(f"The bank did not answer: {error}.") for error in errors}


def test_it_calls_unknown_what_was_sent_over_a_connection_that_the_bank_was_closing(
    settings: Settings,
) -> None:
    executed = http_answer(WHOLE)

    def answer_one_and_reset_on_the_next(conversation: Conversation) -> None:
        conversation.read_request()
        conversation.send(executed)
        conversation.read_request()
        conversation.reset()

    with bank_with_rail(answer_one_and_reset_on_the_next, settings) as (bank, rail):
        assert isinstance(submit(rail)[KEY], Completed)
        assert isinstance(submit(rail)[KEY], Unknown)
        assert bank.connections == 1


def test_it_knows_that_nothing_was_sent_where_nobody_listens(settings: Settings) -> None:
    with rail_to(f"http://127.0.0.1:{find_free_port()}", settings) as rail:
        assert submit(rail) == {KEY: NotSent("The bank cannot be reached: ConnectError.")}


def test_it_knows_that_nothing_was_sent_where_nobody_accepts(settings: Settings) -> None:
    with ExitStack() as sockets:
        deaf = sockets.enter_context(socket.socket())
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(3):  # fills the queue of those who wait to be accepted
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)  # noqa: FBT003  the library's signature
            waiting.connect_ex(deaf.getsockname())
        with rail_to(f"http://127.0.0.1:{deaf.getsockname()[1]}", settings) as rail:
            assert submit(rail) == {KEY: NotSent("The bank cannot be reached: ConnectTimeout.")}


def test_it_sends_the_whole_order_and_until_when_it_holds(settings: Settings) -> None:
    requests: list[bytes] = []

    def keep(conversation: Conversation) -> None:
        requests.append(conversation.read_request())

    with bank_with_rail(keep, settings) as (_, rail):
        submit(rail)

    head, _, body = requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /transfers HTTP/1.1\r\n")
    assert json.loads(body) == {
        "transfers": [
            {
                "key": KEY,
                "end_to_end_id": f"PO{KEY}",
                "uetr": "00000000-0000-0000-0000-000000000004",
                "amount_minor": 10_050,
                "currency": "USD",
                "beneficiary_name": "John Doe",
                "account_number": ACCOUNT_NUMBER,
                "bank_code": "MFO123",
                "country": "UA",
                "remittance_text": "Invoice 7",
                "valid_until": NOON.timestamp(),
            }
        ]
    }


ECHO = f"No transfer to {ACCOUNT_NUMBER}"
ECHOES: list[Behaviour] = [
    answering(http_answer(ECHO.encode(), status="500 Error")),
    answering(http_answer(ECHO.encode(), status=f"400 {ECHO}")),
    answering(http_answer(ECHO.encode())),
    answering_once(f"{ECHO}\r\n\r\n".encode()),
    answering_once(f"HTTP/1.1 200 OK\r\nContent-Length: {ACCOUNT_NUMBER}\r\n\r\n".encode()),
    answering_once(f"HTTP/1.1 {ACCOUNT_NUMBER}\r\n\r\n".encode()),
    saying(transfer("rejected", failure={"code": ECHO})),
    saying(transfer(ECHO)),
    hanging,
    resetting_after_reading,
]


@pytest.mark.parametrize("behaviour", ECHOES)
def test_it_repeats_no_account_number_that_the_bank_throws_back(
    behaviour: Behaviour, settings: Settings, caplog: pytest.LogCaptureFixture, log_lines: list[EventDict]
) -> None:
    with caplog.at_level("DEBUG"):
        outcome = submitted(behaviour, settings)

    assert isinstance(outcome, Unknown)
    assert ACCOUNT_NUMBER not in repr(outcome)
    assert not [record for record in caplog.records if ACCOUNT_NUMBER in f"{record.msg} {record.args}"]
    assert ACCOUNT_NUMBER not in str(log_lines)


def test_it_masks_an_account_number_in_the_message_of_a_refusal(settings: Settings) -> None:
    outcome = submitted(saying(transfer("rejected", failure=REFUSAL | {"message": ECHO})), settings)

    assert isinstance(outcome, Rejected)
    assert outcome.failure.code is FailureCode.ACCOUNT_CLOSED
    assert outcome.failure.message.startswith("No transfer to ")
    assert ACCOUNT_NUMBER not in outcome.failure.message


def test_it_shows_no_account_number_in_the_repr_of_an_order() -> None:
    assert ACCOUNT_NUMBER not in repr(order())
    assert KEY in repr(order())


# The bank's reference goes into a column of 200 characters, and PostgreSQL stores neither of the others.
@pytest.mark.parametrize("reference", ["7" * 201, "bank\x00", "bank-\ud800", ""])
@pytest.mark.parametrize("status", ["executed", "accepted"])
def test_it_believes_no_word_with_a_reference_that_cannot_be_kept(
    status: str, reference: str, settings: Settings
) -> None:
    assert submitted(saying(transfer(status, reference=reference)), settings) == SILENT


@pytest.mark.parametrize(
    "message",
    [
        "No.\x00",
        "No.\ud800",
        "No." + "x" * 100_000,
    ],
)
def test_it_keeps_of_the_message_of_a_refusal_what_can_be_kept(message: str, settings: Settings) -> None:
    outcome = submitted(saying(transfer("rejected", failure=REFUSAL | {"message": message})), settings)

    assert isinstance(outcome, Rejected)
    kept = outcome.failure.message
    assert (kept[:3], kept.isprintable(), len(kept) <= 1_000) == ("No.", True, True)


@pytest.mark.parametrize(
    "code",
    ["E-17\x00", "E-17\ud800", "E" * 201],
)
def test_it_keeps_of_the_code_of_a_refusal_what_can_be_kept(code: str, settings: Settings) -> None:
    outcome = submitted(saying(transfer("rejected", failure=REFUSAL | {"code": code})), settings)

    assert isinstance(outcome, Rejected)
    assert outcome.failure.code is FailureCode.UNKNOWN
    assert outcome.failure.provider_code.isprintable()
    assert len(outcome.failure.provider_code) <= 200
