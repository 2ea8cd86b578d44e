"""The file that holds the bank's books (SQLite).

A commit survives a SIGKILL of the process (WAL); a power cut may take the last ones (`synchronous=NORMAL`).
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox_bank.books import Books
from sandbox_bank.schema import LAYOUT, SCHEMA

BUSY_TIMEOUT_SECONDS: Final = 10.0

_LEDGER: Final = """
SELECT t.key, t.reference, t.amount_minor, t.currency, t.account_number, m.executed_at, m.returned_at
FROM movement m JOIN transfer t ON t.id = m.transfer_id
ORDER BY m.id
"""


class OtherLayoutError(Exception):
    def __init__(self, path: Path, layout: int) -> None:
        super().__init__(
            f"{path} has layout {layout}, this bank writes layout {LAYOUT}: delete it or keep both"
        )


@dataclass(frozen=True, slots=True)
class LedgerLine:
    key: str
    reference: str
    amount_minor: int
    currency: str
    account_number: str
    executed_at: float
    returned_at: float | None


class Store:
    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._lock = threading.Lock()
        self._connection = _connect(path)
        try:
            _lay_out(self._connection, path)
        except BaseException:
            self._connection.close()
            raise

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[Books]:
        """Open the books to one thread at a time; everything written is kept, or nothing when this raises."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield Books(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite rolls back by itself after some errors, a full disk for one.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def read_ledger(self) -> Iterator[LedgerLine]:
        """Yield each movement in order of execution, from one snapshot that holds up no writer."""
        with closing(_connect(self._path)) as connection:
            for row in connection.execute(_LEDGER):
                yield LedgerLine(*row)


def _connect(path: Path) -> sqlite3.Connection:
    # Guarded by the store's lock, the connection may be used by the thread of any request.
    connection = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _lay_out(connection: sqlite3.Connection, path: Path) -> None:
    (layout,) = connection.execute("PRAGMA user_version").fetchone()
    if layout not in (0, LAYOUT):
        raise OtherLayoutError(path, layout)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(SCHEMA)
