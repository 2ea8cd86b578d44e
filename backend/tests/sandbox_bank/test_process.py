"""The bank as its own process: what it prints, how it stops, and what it remembers after a SIGKILL."""

import json
import signal
import socket
import sqlite3
import subprocess
import threading
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.sandbox_bank.bank_client import BankClient, Json, a_transfer, http_client, wait_until
from tests.sandbox_bank.bank_process import bank_process, start_bank
from tests.sandbox_bank.callback_receiver import SECRET, callback_receiver


def test_it_loses_no_answered_transfer_and_doubles_none_when_killed(tmp_path: Path) -> None:
    batches = [[a_transfer() for _ in range(20)] for _ in range(200)]
    answered: list[str] = []
    with bank_process(tmp_path / "bank.sqlite") as bank:
        client = threading.Thread(target=_submit_until_killed, args=(bank.client, batches, answered))
        client.start()
        wait_until(lambda: len(answered) > 200)
        bank.kill()
        client.join()

    with bank_process(tmp_path / "bank.sqlite") as bank:
        executed = bank.client.executed_keys()
        assert len(executed) == len(set(executed))
        assert set(answered) <= set(executed)
        assert len(executed) < 4000

        for batch in batches:
            bank.client.submit(*batch)
        assert sorted(bank.client.executed_keys()) == sorted(
            order["key"] for batch in batches for order in batch
        )


def _submit_until_killed(client: BankClient, batches: list[list[Json]], answered: list[str]) -> None:
    for batch in batches:
        try:
            answered += [answer["key"] for answer in client.submit(*batch)]
        except httpx.TransportError:
            return


def test_it_carries_on_after_a_kill_with_what_it_had_promised(tmp_path: Path) -> None:
    later, returned = a_transfer("0004"), a_transfer("0005")
    with callback_receiver() as receiver:
        environment = {"SANDBOX_BANK_CALLBACK_URL": receiver.url, "SANDBOX_BANK_CALLBACK_SECRET": SECRET}
        with bank_process(tmp_path / "bank.sqlite", "--delay-seconds", "1", environment=environment) as bank:
            bank.client.behave(seed=3)
            bank.client.submit(later, returned)
            bank.kill()
        assert receiver.taken == []

        with bank_process(tmp_path / "bank.sqlite", environment=environment) as bank:
            wait_until(lambda: len(receiver.taken) == 2)
            assert bank.client.status(later) == "executed"
            assert bank.client.status(returned) == "returned"
            assert bank.client.http.get("/behaviour").json()["seed"] == 3


def test_it_delivers_after_a_kill_the_callbacks_it_could_not_deliver_before(tmp_path: Path) -> None:
    with callback_receiver() as receiver:
        port = receiver.server_address[1]
        url = receiver.url
    environment = {"SANDBOX_BANK_CALLBACK_URL": url, "SANDBOX_BANK_CALLBACK_SECRET": SECRET}
    transfer = a_transfer("0004")
    with bank_process(tmp_path / "bank.sqlite", "--delay-seconds", "0", environment=environment) as bank:
        bank.client.submit(transfer)
        wait_until(lambda: bank.client.status(transfer) == "executed")
        bank.kill()

    with callback_receiver(port) as receiver, bank_process(tmp_path / "bank.sqlite", environment=environment):
        wait_until(lambda: receiver.types == ["transfer.executed"])


def test_it_signs_with_the_first_of_several_secrets(tmp_path: Path) -> None:
    secrets = f"{SECRET} whsec_YW5vdGhlci1vbmUtYW5vdGhlci1vbmUt"
    with callback_receiver() as receiver:
        environment = {"SANDBOX_BANK_CALLBACK_URL": receiver.url, "SANDBOX_BANK_CALLBACK_SECRET": secrets}
        with bank_process(tmp_path / "bank.sqlite", "--delay-seconds", "0", environment=environment) as bank:
            bank.client.submit(a_transfer("0004"))
            wait_until(lambda: receiver.types == ["transfer.executed"])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_the_request_in_progress_and_then_stops(tmp_path: Path, number: signal.Signals) -> None:
    with bank_process(tmp_path / "bank.sqlite") as bank, http_client(bank.url) as idle:
        idle.get("/health")
        bank.client.behave(latency_ms=60_000)
        transfer = a_transfer()
        threading.Thread(target=_stop_when_executed, args=(bank.url, transfer, bank.process, number)).start()

        (answer,) = bank.client.submit(transfer)

        assert answer["status"] == "executed"
        assert bank.process.wait(5) == 0


def _stop_when_executed(
    url: str, transfer: Json, process: subprocess.Popen[str], number: signal.Signals
) -> None:
    with http_client(url) as http:
        wait_until(lambda: BankClient(http).status(transfer) == "executed")
    process.send_signal(number)


def test_it_logs_one_line_of_json_each_time_and_no_account_number(tmp_path: Path) -> None:
    database = str(tmp_path / "bank.sqlite")
    transfer = a_transfer()
    with start_bank("--port", "0", "--database", database, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        with http_client(url) as http:
            bank = BankClient(http)
            bank.submit(transfer)
            bank.inquire(transfer)
            bank.post(transfer | {"amount_minor": None})
        process.terminate()
        _, logs = process.communicate(timeout=5)

    events = [json.loads(line)["event"] for line in logs.splitlines()]
    assert events == ["transfers_submitted", "transfers_inquired", "request_refused"]
    assert transfer["account_number"] not in logs


def test_it_says_plainly_that_its_port_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, errors = _run("--port", port, "--database", str(tmp_path / "bank.sqlite"))

    assert code == 1
    assert "Address already in use" in errors
    assert "Traceback" not in errors


def test_it_refuses_a_database_of_another_layout(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "bank.sqlite")) as connection:
        connection.execute("PRAGMA user_version = 99")

    code, errors = _run("--port", "0", "--database", str(tmp_path / "bank.sqlite"))

    assert code == 1
    assert "layout 99" in errors


def test_it_refuses_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "bank.sqlite").write_text(
        "not a database, but long enough to look like one to nobody\n" * 100
    )

    code, errors = _run("--port", "0", "--database", str(tmp_path / "bank.sqlite"))

    assert code == 1
    assert errors == "sandbox bank: file is not a database\n"


def _run(*arguments: str, environment: dict[str, str] | None = None) -> tuple[int, str]:
    with start_bank(*arguments, environment=environment, stderr=subprocess.PIPE) as process:
        _, errors = process.communicate(timeout=10)
    return process.returncode, errors
