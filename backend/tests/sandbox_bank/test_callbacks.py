from datetime import datetime

import pytest

from sandbox_bank.callbacks import CallbackTarget, InvalidCallbackTargetError, RetrySchedule
from tests.sandbox_bank.bank_client import BankClient, a_transfer, wait_until
from tests.sandbox_bank.callback_receiver import SECRET, CallbackReceiver


def test_it_calls_back_when_0004_is_executed(calling_bank: BankClient, receiver: CallbackReceiver) -> None:
    transfer = a_transfer("0004")
    (answer,) = calling_bank.submit(transfer)

    wait_until(lambda: len(receiver.taken) == 1)

    (callback,) = receiver.taken
    assert callback["type"] == "transfer.executed"
    assert datetime.fromisoformat(callback["timestamp"]).tzinfo is not None
    assert callback["data"] == answer | {"status": "executed"} == calling_bank.inquire(transfer)[0]


def test_it_calls_back_when_0005_is_returned(calling_bank: BankClient, receiver: CallbackReceiver) -> None:
    calling_bank.submit(a_transfer("0005"))

    wait_until(lambda: len(receiver.taken) == 1)

    assert receiver.types == ["transfer.returned"]
    assert receiver.taken[0]["data"]["status"] == "returned"


def test_it_calls_back_for_0012_twice_and_stale(calling_bank: BankClient, receiver: CallbackReceiver) -> None:
    transfer = a_transfer("0012")
    assert calling_bank.submit(transfer)[0]["status"] == "accepted"

    wait_until(lambda: len(receiver.taken) == 4)

    assert receiver.types == ["transfer.executed"] * 2 + ["transfer.accepted"] * 2
    assert [taken["data"]["status"] for taken in receiver.taken] == ["executed"] * 2 + ["in_progress"] * 2
    executed, again, accepted, accepted_again = receiver.taken
    assert (executed, accepted) == (again, accepted_again)
    assert accepted["timestamp"] < executed["timestamp"]
    first, repeated, other, other_repeated = receiver.webhook_ids
    assert first == repeated != other == other_repeated
    assert calling_bank.executed_keys() == [transfer["key"]]


def test_it_says_nothing_of_0013_or_of_what_it_answered(
    calling_bank: BankClient, receiver: CallbackReceiver
) -> None:
    calling_bank.submit(a_transfer("0013"), a_transfer(), a_transfer("0001"))
    marker = a_transfer("0004")
    calling_bank.submit(marker)

    wait_until(lambda: len(receiver.taken) == 1)

    assert receiver.taken[0]["data"]["key"] == marker["key"]


@pytest.mark.parametrize("refusal", [500, 400, 302])
def test_it_sends_a_refused_callback_again(
    calling_bank: BankClient, receiver: CallbackReceiver, refusal: int
) -> None:
    receiver.refusals = [refusal, refusal]
    calling_bank.submit(a_transfer("0004"))

    wait_until(lambda: len(receiver.taken) == 1)

    assert receiver.refused == receiver.webhook_ids * 2


def test_it_keeps_a_payouts_callbacks_in_order_behind_a_refused_one(
    calling_bank: BankClient, receiver: CallbackReceiver
) -> None:
    calling_bank.behave(in_flight_ms=1)
    receiver.refusals = [503, 503, 503]
    calling_bank.submit(a_transfer("0005"))

    wait_until(lambda: len(receiver.taken) == 2)

    assert receiver.types == ["transfer.executed", "transfer.returned"]


def test_it_gives_up_after_its_tries_and_goes_on(
    calling_bank: BankClient, receiver: CallbackReceiver
) -> None:
    receiver.refusals = [503] * 4
    calling_bank.behave(in_flight_ms=1)
    calling_bank.submit(a_transfer("0005"))

    wait_until(lambda: len(receiver.taken) == 1)

    assert receiver.types == ["transfer.returned"]
    assert len(set(receiver.refused)) == 1


def test_it_waits_longer_after_each_failure_up_to_a_bound() -> None:
    waits = [RetrySchedule().wait_seconds(tries) for tries in range(1, 21)]

    assert waits == [0.5, 1.0, 2.0, 4.0] + [5.0] * 15 + [None]


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("127.0.0.1:8000", SECRET),
        ("http://127.0.0.1:8000", ""),
        ("http://127.0.0.1:8000", SECRET.removeprefix("whsec_")),
        ("http://127.0.0.1:8000", "whsec_not base64 at all"),
        ("http://127.0.0.1:8000", "whsec_c2hvcnQ="),
    ],
)
def test_it_refuses_a_target_it_cannot_call(url: str, secret: str) -> None:
    with pytest.raises(InvalidCallbackTargetError):
        CallbackTarget(url, secret)


def test_it_does_not_show_its_secret() -> None:
    assert SECRET not in repr(CallbackTarget("http://127.0.0.1:8000", SECRET))
