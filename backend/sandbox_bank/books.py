"""What one open transaction may read and write in the bank's books."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sandbox_bank.failures import get_failure
from sandbox_bank.transfers import Failure, Transfer, TransferOrder, Verdict

_TRANSFER: Final = """
SELECT t.id, t.key, t.end_to_end_id, t.digest, t.account_number, t.verdict, t.reference, t.failure_code,
       t.received_at, m.executed_at, m.returned_at
FROM transfer t LEFT JOIN movement m ON m.transfer_id = t.id
"""
_TRANSFER_BY_ID: Final = _TRANSFER + "WHERE t.id = ?"
# One key has several transfers only while the bank is told not to be idempotent; money that moved is then
# what an inquiry must tell, before anything that was merely accepted or refused.
_TRANSFER_BY_KEY: Final = (
    _TRANSFER + "WHERE t.key = ? ORDER BY m.id IS NULL, t.verdict = 'rejected', t.id DESC LIMIT 1"
)
_ADD_TRANSFER: Final = """
INSERT INTO transfer (key, end_to_end_id, digest, amount_minor, currency, account_number, verdict, reference,
                      failure_code, received_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id
"""
_COUNT_ATTEMPT: Final = """
INSERT INTO attempt (end_to_end_id, attempts) VALUES (?, 1)
ON CONFLICT (end_to_end_id) DO UPDATE SET attempts = attempts + 1 RETURNING attempts
"""
_TAKE_DUE_STEPS: Final = """
DELETE FROM step WHERE id IN (SELECT id FROM step WHERE due_at <= ? ORDER BY due_at, id LIMIT ?)
RETURNING id, transfer_id, kind, due_at
"""
# Only the oldest callback of a payout may go: its later ones wait until it is delivered or given up.
_DUE_CALLBACKS: Final = """
SELECT c.id, c.webhook_id, c.body, c.tries FROM callback c
WHERE c.due_at <= ?
  AND NOT EXISTS (SELECT 1 FROM callback e WHERE e.end_to_end_id = c.end_to_end_id AND e.id < c.id)
ORDER BY c.due_at, c.id LIMIT ?
"""


class StepKind(StrEnum):
    EXECUTE = "execute"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class Step:
    """Something the bank has promised itself to do later."""

    transfer_id: int
    kind: StepKind


@dataclass(frozen=True, slots=True)
class QueuedCallback:
    id: int
    webhook_id: str
    body: str
    tries: int


class Books:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find_transfer(self, key: str) -> Transfer | None:
        row = self._connection.execute(_TRANSFER_BY_KEY, (key,)).fetchone()
        return _transfer(row) if row else None

    def get_transfer(self, transfer_id: int) -> Transfer:
        return _transfer(self._connection.execute(_TRANSFER_BY_ID, (transfer_id,)).fetchone())

    def add_transfer(
        self,
        order: TransferOrder,
        *,
        verdict: Verdict,
        reference: str | None,
        failure: Failure | None,
        received_at: float,
    ) -> Transfer:
        content = (order.key, order.end_to_end_id, order.digest())
        money = (order.amount_minor, order.currency, order.account_number)
        decision = (verdict.value, reference, failure and failure.code, received_at)
        ((transfer_id,),) = self._connection.execute(_ADD_TRANSFER, (*content, *money, *decision)).fetchall()
        return Transfer(transfer_id, *content, order.account_number, verdict, reference, failure, received_at)

    def add_movement(self, transfer_id: int, *, executed_at: float) -> None:
        self._connection.execute(
            "INSERT INTO movement (transfer_id, executed_at) VALUES (?, ?)", (transfer_id, executed_at)
        )

    def return_movement(self, transfer_id: int, *, returned_at: float) -> None:
        self._connection.execute(
            "UPDATE movement SET returned_at = ? WHERE transfer_id = ?", (returned_at, transfer_id)
        )

    def count_attempt(self, end_to_end_id: str) -> int:
        """Count one more attempt of a payout, whatever its key; the first one is 1."""
        ((attempts,),) = self._connection.execute(_COUNT_ATTEMPT, (end_to_end_id,)).fetchall()
        return int(attempts)

    def add_step(self, transfer_id: int, kind: StepKind, *, due_at: float) -> None:
        self._connection.execute(
            "INSERT INTO step (transfer_id, kind, due_at) VALUES (?, ?, ?)", (transfer_id, kind.value, due_at)
        )

    def take_due_steps(self, now: float, *, limit: int) -> list[Step]:
        """Remove what is due and list it, earliest first; the caller does it before it commits."""
        rows = self._connection.execute(_TAKE_DUE_STEPS, (now, limit)).fetchall()
        # RETURNING promises no order.
        rows.sort(key=lambda row: (row[3], row[0]))
        return [Step(transfer_id, StepKind(kind)) for _, transfer_id, kind, _ in rows]

    def add_callback(self, end_to_end_id: str, *, webhook_id: str, body: str, due_at: float) -> None:
        self._connection.execute(
            "INSERT INTO callback (end_to_end_id, webhook_id, body, due_at) VALUES (?, ?, ?, ?)",
            (end_to_end_id, webhook_id, body, due_at),
        )

    def list_due_callbacks(self, now: float, *, limit: int) -> list[QueuedCallback]:
        return [QueuedCallback(*row) for row in self._connection.execute(_DUE_CALLBACKS, (now, limit))]

    def remove_callback(self, callback_id: int) -> None:
        self._connection.execute("DELETE FROM callback WHERE id = ?", (callback_id,))

    def postpone_callback(self, callback_id: int, *, due_at: float) -> None:
        self._connection.execute(
            "UPDATE callback SET tries = tries + 1, due_at = ? WHERE id = ?", (due_at, callback_id)
        )

    def list_switches(self) -> dict[str, Any]:
        rows = self._connection.execute("SELECT name, value FROM switch")
        return {name: json.loads(value) for name, value in rows}

    def set_switches(self, switches: Mapping[str, object]) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO switch (name, value) VALUES (?, ?)",
            [(name, json.dumps(value)) for name, value in switches.items()],
        )


def _transfer(row: tuple[Any, ...]) -> Transfer:
    identity, (verdict, reference, failure_code), moments = row[:5], row[5:8], row[8:]
    failure = get_failure(failure_code) if failure_code else None
    fields: tuple[Any, ...] = (*identity, Verdict(verdict), reference, failure, *moments)
    return Transfer(*fields)
