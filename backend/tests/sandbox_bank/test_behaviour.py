import time

import httpx
import pytest

from tests.sandbox_bank.bank_client import BankClient, a_transfer, wait_until
from tests.sandbox_bank.callback_receiver import CallbackReceiver

WELL_BEHAVED = {
    "latency_ms": 0,
    "lost_reply_rate": 0,
    "error_rate": 0,
    "idempotent": True,
    "in_flight_ms": 0,
    "seed": None,
}


def test_it_behaves_well_until_told_otherwise(bank: BankClient) -> None:
    assert bank.http.get("/behaviour").json() == WELL_BEHAVED


def test_it_changes_the_switches_named_and_tells_them_all(bank: BankClient) -> None:
    bank.behave(latency_ms=1)

    assert bank.behave(lost_reply_rate=1) == WELL_BEHAVED | {"latency_ms": 1, "lost_reply_rate": 1}
    assert bank.http.get("/behaviour").json()["latency_ms"] == 1


def test_it_executes_and_then_waits_before_it_answers(bank: BankClient) -> None:
    bank.behave(latency_ms=400)
    transfer = a_transfer()
    started = time.monotonic()

    bank.submit(a_transfer())

    assert time.monotonic() - started >= 0.4
    with pytest.raises(httpx.ReadTimeout):
        bank.post(transfer, timeout_seconds=0.1)
    assert bank.status(transfer) == "executed"


def test_it_executes_and_loses_the_reply(bank: BankClient) -> None:
    bank.behave(lost_reply_rate=1)
    transfers = [a_transfer(), a_transfer()]

    with pytest.raises(httpx.RemoteProtocolError):
        bank.post(*transfers)

    assert bank.executed_keys() == [transfer["key"] for transfer in transfers]


def test_it_answers_500_and_executes_nothing(bank: BankClient) -> None:
    bank.behave(error_rate=1.0)
    transfer = a_transfer()

    assert bank.post(transfer).status_code == 500

    assert bank.status(transfer) == "not_found"
    assert bank.ledger() == []


def test_it_repeats_a_course_of_chance_from_its_seed(bank: BankClient) -> None:
    def course() -> list[int]:
        bank.behave(error_rate=0.5, seed=7)
        return [bank.post(a_transfer()).status_code for _ in range(20)]

    first = course()

    assert first == course()
    assert set(first) == {200, 500}


def test_it_executes_a_repeated_key_again_when_told_not_to_look_at_keys(bank: BankClient) -> None:
    bank.behave(idempotent=False)
    transfer = a_transfer()

    (first,), (second,) = bank.submit(transfer), bank.submit(transfer)

    assert first["reference"] != second["reference"]
    assert [line["reference"] for line in bank.ledger()] == [first["reference"], second["reference"]]


def test_it_tells_of_the_money_that_moved_before_a_later_refusal(bank: BankClient) -> None:
    bank.behave(idempotent=False)
    transfer = a_transfer()
    bank.submit(transfer)
    assert bank.submit(transfer | {"valid_until": 0})[0]["status"] == "rejected"

    assert bank.status(transfer) == "executed"


def test_it_lands_executions_after_the_answer(calling_bank: BankClient, receiver: CallbackReceiver) -> None:
    calling_bank.behave(in_flight_ms=400)
    transfer = a_transfer()

    assert calling_bank.submit(transfer)[0]["status"] == "accepted"

    assert calling_bank.status(transfer) == "in_progress"
    assert calling_bank.ledger() == []
    wait_until(lambda: receiver.types == ["transfer.executed"])
    assert calling_bank.executed_keys() == [transfer["key"]]


def test_it_returns_0005_after_a_flight_too(calling_bank: BankClient, receiver: CallbackReceiver) -> None:
    calling_bank.behave(in_flight_ms=100)

    calling_bank.submit(a_transfer("0005"))

    wait_until(lambda: len(receiver.types) == 2)
    assert receiver.types == ["transfer.executed", "transfer.returned"]


@pytest.mark.parametrize(
    "switches",
    [
        {},
        [],
        "idempotent",
        {"latency": 1},
        {"latency_ms": 1.5},
        {"latency_ms": True},
        {"latency_ms": -1},
        {"latency_ms": 10**9},
        {"in_flight_ms": "1"},
        {"error_rate": 1.1},
        {"error_rate": True},
        {"lost_reply_rate": -0.1},
        {"lost_reply_rate": None},
        {"idempotent": 0},
        {"seed": "x"},
        {"seed": 2**70},
        {"error_rate": 0.5, "unknown": 1},
    ],
)
def test_it_refuses_other_switches_and_values_whole(bank: BankClient, switches: object) -> None:
    response = bank.http.post("/behaviour", json=switches)

    assert response.status_code == 400
    assert response.json().keys() == {"error"}
    assert bank.http.get("/behaviour").json() == WELL_BEHAVED
