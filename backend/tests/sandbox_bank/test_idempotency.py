import time
from concurrent.futures import ThreadPoolExecutor

from tests.sandbox_bank.bank_client import BankClient, a_transfer, wait_until


def test_it_answers_a_repeated_key_as_before_and_executes_once(bank: BankClient) -> None:
    transfer = a_transfer()

    first, second = bank.submit(transfer), bank.submit(transfer)

    assert first == second
    assert bank.executed_keys() == [transfer["key"]]


def test_it_answers_a_key_repeated_within_one_request_once(bank: BankClient) -> None:
    transfer = a_transfer()

    first, second = bank.submit(transfer, transfer)

    assert first == second
    assert len(bank.ledger()) == 1


def test_it_keeps_to_its_first_word_when_the_execution_has_landed(bank: BankClient) -> None:
    transfer = a_transfer("0004")
    first = bank.submit(transfer)
    wait_until(lambda: bank.status(transfer) == "executed")

    assert bank.submit(transfer) == first
    assert len(bank.ledger()) == 1


def test_it_refuses_a_key_with_other_content_and_carries_out_the_rest(bank: BankClient) -> None:
    transfer, other = a_transfer(), a_transfer()
    bank.submit(transfer)

    conflict, executed = bank.submit(transfer | {"amount_minor": 1251}, other)

    assert (conflict["status"], conflict["failure"]["code"]) == ("rejected", "idempotency_conflict")
    assert conflict["failure"]["retryable"] is False
    assert executed["status"] == "executed"
    assert bank.status(transfer) == "executed"
    assert [line["amount_minor"] for line in bank.ledger()] == [1250, 1250]


def test_it_takes_a_new_deadline_for_the_same_content(bank: BankClient) -> None:
    transfer = a_transfer()

    assert bank.submit(transfer) == bank.submit(transfer | {"valid_until": time.time() + 60})


def test_it_executes_a_key_once_that_many_clients_send_at_once(bank: BankClient) -> None:
    transfer = a_transfer()

    with ThreadPoolExecutor(20) as clients:
        answers = list(clients.map(lambda _: bank.submit(transfer), range(40)))

    assert all(answer == answers[0] for answer in answers)
    assert len(bank.ledger()) == 1


def test_it_rejects_an_order_that_arrives_too_late(bank: BankClient) -> None:
    late, timely = a_transfer(valid_until=time.time() - 0.1), a_transfer(valid_until=time.time() + 60)

    rejected, executed = bank.submit(late, timely)

    assert (rejected["status"], rejected["reference"]) == ("rejected", None)
    assert (rejected["failure"]["code"], rejected["failure"]["retryable"]) == ("provider_error", True)
    assert executed["status"] == "executed"
    assert bank.executed_keys() == [timely["key"]]
    assert bank.status(late) == "rejected"


def test_it_tells_of_each_key_asked_for_in_order(bank: BankClient) -> None:
    executed, unknown, rejected = a_transfer(), a_transfer(), a_transfer("0001")
    bank.submit(executed, rejected)

    answers = bank.inquire(unknown, rejected, executed, unknown)

    assert [answer["key"] for answer in answers] == [
        unknown["key"],
        rejected["key"],
        executed["key"],
        unknown["key"],
    ]
    assert [answer["status"] for answer in answers] == ["not_found", "rejected", "executed", "not_found"]
    assert answers[0] == {"key": unknown["key"], "status": "not_found", "reference": None, "failure": None}
