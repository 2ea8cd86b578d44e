"""The books when something breaks below them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from sandbox_bank.store import Store
from tests.sandbox_bank.bank_client import BankClient, a_transfer


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path / "books" / "bank.sqlite")) as opened:
        yield opened


def test_it_keeps_nothing_of_a_transaction_that_failed(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.transaction() as books:  # noqa: PT012 - it fails half-way
        books.count_attempt("payout")
        raise ZeroDivisionError

    with store.transaction() as books:
        assert books.count_attempt("payout") == 1


def test_it_never_records_a_second_movement_of_one_transfer(bank: BankClient, tmp_path: Path) -> None:
    bank.submit(a_transfer())

    with (
        closing(sqlite3.connect(tmp_path / "bank.sqlite")) as connection,
        pytest.raises(sqlite3.IntegrityError, match="UNIQUE"),
    ):
        connection.execute("INSERT INTO movement (transfer_id, executed_at) SELECT id, 1.0 FROM transfer")


def test_it_answers_500_and_lives_on_when_its_books_are_damaged(bank: BankClient, tmp_path: Path) -> None:
    first, second = a_transfer(), a_transfer()
    with closing(sqlite3.connect(tmp_path / "bank.sqlite")) as connection:
        connection.execute("ALTER TABLE movement RENAME TO mislaid")
        assert bank.post(first).status_code == 500
        with pytest.raises(httpx.RemoteProtocolError):
            bank.ledger()
        connection.execute("ALTER TABLE mislaid RENAME TO movement")

    assert bank.status(first) == "not_found"
    assert bank.submit(second)[0]["status"] == "executed"
    assert bank.executed_keys() == [second["key"]]
