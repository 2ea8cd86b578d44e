"""Every account number's script, over HTTP and seen from the ledger."""

import time

import httpx
import pytest

from sandbox_bank.scripts import SCRIPTS, Execute, script_of
from tests.sandbox_bank.bank_client import BankClient, a_transfer, next_attempt, wait_until

DISCONNECTED = httpx.RemoteProtocolError


def test_it_executes_at_once_what_no_script_names(bank: BankClient) -> None:
    transfer = a_transfer("4711")

    (answer,) = bank.submit(transfer)

    assert answer["status"] == "executed"
    assert answer["key"] == transfer["key"]
    assert answer["failure"] is None
    (line,) = bank.ledger()
    assert line["reference"] == answer["reference"] is not None
    assert line["executed_at"].endswith("+00:00")
    del line["reference"], line["executed_at"]
    assert line == {
        "key": transfer["key"],
        "amount_minor": 1250,
        "currency": "EUR",
        "account_number": transfer["account_number"],
        "returned_at": None,
    }


@pytest.mark.parametrize(
    ("suffix", "code", "retryable"),
    [
        ("0001", "account_closed", False),
        ("0002", "account_not_found", False),
        ("0003", "bank_unavailable", True),
    ],
)
def test_it_rejects_and_executes_nothing(
    bank: BankClient, suffix: str, code: str, *, retryable: bool
) -> None:
    transfer = a_transfer(suffix)

    (answer,) = bank.submit(transfer)

    assert (answer["status"], answer["reference"]) == ("rejected", None)
    assert (answer["failure"]["code"], answer["failure"]["retryable"]) == (code, retryable)
    assert bank.inquire(transfer) == [answer]
    assert bank.ledger() == []


def test_it_rejects_a_closed_account_at_every_attempt(bank: BankClient) -> None:
    transfer = a_transfer("0001")
    for _ in range(4):
        assert bank.submit(transfer)[0]["failure"]["code"] == "account_closed"
        transfer = next_attempt(transfer)


def test_it_executes_0003_at_the_third_attempt(bank: BankClient) -> None:
    first = a_transfer("0003")
    second, third = next_attempt(first), next_attempt(next_attempt(first))

    statuses = [bank.submit(attempt)[0]["status"] for attempt in (first, first, second, second, third)]

    assert statuses == ["rejected", "rejected", "rejected", "rejected", "executed"]
    assert bank.executed_keys() == [third["key"]]


def test_it_counts_attempts_of_each_payout_apart(bank: BankClient) -> None:
    first, second = a_transfer("0003"), a_transfer("0003")

    statuses = [bank.submit(attempt)[0]["status"] for attempt in (first, second, next_attempt(first))]

    assert statuses == ["rejected"] * 3


def test_it_executes_0004_after_its_answer(bank: BankClient) -> None:
    transfer = a_transfer("0004")

    (answer,) = bank.submit(transfer)

    assert answer["status"] == "accepted"
    assert bank.status(transfer) == "in_progress"
    assert bank.ledger() == []
    wait_until(lambda: bank.status(transfer) == "executed")
    assert bank.ledger()[0]["reference"] == answer["reference"] == bank.inquire(transfer)[0]["reference"]


def test_it_returns_0005_after_executing_it(bank: BankClient) -> None:
    transfer = a_transfer("0005")

    assert bank.submit(transfer)[0]["status"] == "executed"

    assert bank.ledger()[0]["returned_at"] is None
    wait_until(lambda: bank.status(transfer) == "returned")
    (line,) = bank.ledger()
    assert line["returned_at"] > line["executed_at"]


def test_it_drops_0006_after_executing_it(bank: BankClient) -> None:
    transfer = a_transfer("0006")

    with pytest.raises(DISCONNECTED):
        bank.post(transfer)

    assert bank.status(transfer) == "executed"
    assert bank.executed_keys() == [transfer["key"]]


@pytest.mark.parametrize("suffix", ["0006", "0008", "0010"])
def test_it_answers_an_executed_transfer_when_its_key_is_sent_again(bank: BankClient, suffix: str) -> None:
    transfer = a_transfer(suffix)
    _lose_answer(bank, transfer)

    (answer,) = bank.submit(transfer)

    assert answer["status"] == "executed"
    assert bank.executed_keys() == [transfer["key"]]


@pytest.mark.parametrize("suffix", ["0007", "0009"])
def test_it_executes_nothing_at_a_lost_first_attempt(bank: BankClient, suffix: str) -> None:
    first = a_transfer(suffix)
    _lose_answer(bank, first)
    assert bank.status(first) == "not_found"
    assert bank.ledger() == []

    second = next_attempt(first)

    assert bank.submit(second)[0]["status"] == "executed"
    assert bank.executed_keys() == [second["key"]]


def test_it_executes_a_lost_first_attempt_that_comes_again_with_its_key(bank: BankClient) -> None:
    transfer = a_transfer("0007")
    _lose_answer(bank, transfer)

    assert bank.submit(transfer)[0]["status"] == "executed"


@pytest.mark.parametrize(("suffix", "executed"), [("0008", 1), ("0009", 0)])
def test_it_answers_500_for_the_whole_request(bank: BankClient, suffix: str, executed: int) -> None:
    response = bank.post(a_transfer(suffix))

    assert response.status_code == 500
    assert "transfers" not in response.json()
    assert len(bank.ledger()) == executed


def test_it_cuts_the_answer_of_0010_in_the_middle(bank: BankClient) -> None:
    transfer = a_transfer("0010")

    with bank.http.stream("POST", "/transfers", json={"transfers": [transfer]}) as response:
        parts = response.iter_raw()
        assert response.status_code == 200
        received = next(parts)
        with pytest.raises(DISCONNECTED, match="peer closed connection"):
            next(parts)

    assert received.startswith(b'{"transfers": [{"key"')
    assert len(received) == int(response.headers["Content-Length"]) // 2
    assert bank.executed_keys() == [transfer["key"]]


def test_it_executes_0011_after_the_client_has_given_up(bank: BankClient) -> None:
    transfer = a_transfer("0011")

    with pytest.raises(httpx.ReadTimeout):
        bank.post(transfer, timeout_seconds=0.2)

    assert bank.status(transfer) == "not_found"
    assert bank.ledger() == []
    wait_until(lambda: bank.status(transfer) == "executed")
    assert bank.executed_keys() == [transfer["key"]]


def test_it_never_answers_0011_even_to_a_patient_client(bank: BankClient) -> None:
    started = time.monotonic()

    with pytest.raises(DISCONNECTED):
        bank.post(a_transfer("0011"))

    assert time.monotonic() - started >= 1.0
    assert len(bank.ledger()) == 1


def test_it_executes_0011_once_when_its_key_was_sent_twice(bank: BankClient) -> None:
    transfer = a_transfer("0011")
    for _ in range(2):
        with pytest.raises(httpx.ReadTimeout):
            bank.post(transfer, timeout_seconds=0.2)

    wait_until(lambda: bank.status(transfer) == "executed")

    time.sleep(0.5)
    assert bank.executed_keys() == [transfer["key"]]


def test_it_never_ends_0013(bank: BankClient) -> None:
    transfer, scheduled = a_transfer("0013"), a_transfer("0004")

    assert [answer["status"] for answer in bank.submit(transfer, scheduled)] == ["accepted", "accepted"]

    wait_until(lambda: bank.status(scheduled) == "executed")
    assert bank.status(transfer) == "in_progress"
    assert bank.executed_keys() == [scheduled["key"]]


@pytest.mark.parametrize("suffix", ["0006", "0007", "0008", "0009", "0010", "0011"])
def test_it_carries_out_what_stands_before_a_break_and_nothing_behind_it(
    bank: BankClient, suffix: str
) -> None:
    refused, before, breaking, after = (a_transfer(end) for end in ("0001", "9999", suffix, "9999"))

    _lose_answer(bank, refused, before, breaking, after)

    executed = [before["key"]] if suffix in {"0007", "0009"} else [before["key"], breaking["key"]]
    assert bank.executed_keys() == executed
    assert bank.status(refused) == "rejected"
    assert bank.status(after) == "not_found"


def test_it_answers_a_mixed_list_in_its_order(bank: BankClient) -> None:
    transfers = [a_transfer(suffix) for suffix in ("0002", "9999", "0004", "0013", "0003", "0005")]

    answers = bank.submit(*transfers)

    assert [answer["key"] for answer in answers] == [transfer["key"] for transfer in transfers]
    statuses = [answer["status"] for answer in answers]
    assert statuses == ["rejected", "executed", "accepted", "accepted", "rejected", "executed"]


def test_it_has_a_script_for_each_suffix_of_the_table() -> None:
    assert sorted(SCRIPTS) == [f"{number:04d}" for number in range(1, 14)]
    assert script_of("DE00 0014") == script_of("") == Execute()


def _lose_answer(bank: BankClient, *transfers: dict[str, object]) -> None:
    try:
        response = bank.post(*transfers)
    except DISCONNECTED:
        return
    assert response.status_code == 500
