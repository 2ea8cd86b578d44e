"""Rounds of traffic in which a strike falls at every crash point."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.chaos.caller import Caller
from tests.chaos.client_log import Kind, Result

if TYPE_CHECKING:
    from collections.abc import Collection

    from tests.chaos.client_log import Call, Json
    from tests.chaos.stack import ChaosStack
    from tests.chaos.stage import Stage
    from tests.chaos.strikes import Strike

ROUND_SECONDS = 120.0
"""Within which every strike has fallen; hangs follow one another, and each lasts longer than a lease."""
INSIST_SECONDS = 60.0
# Those whose script the bank answers with an acceptance, a lost answer, a refusal for now, and at once.
SUFFIXES = ("0004", "0006", "0003", "7101")


@dataclass
class Traffic:
    """One client that does everything once in each turn, and repeats what it does not know to have worked."""

    caller: Caller
    name: str
    turns: int = 0
    payees: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.payees = {payee.account_number[-4:]: payee.recipient_id for payee in self.caller.account.payees}

    def turn(self) -> None:
        self.turns += 1
        for suffix in SUFFIXES:
            self.create(suffix)
        self._step_in(Kind.DELETE, "DELETE", None)
        self._step_in(Kind.MOVE, "PATCH", {"status": "CANCELED", "reason": "a mistake"})
        number = f"UA-{self.name}-{self.turns}-7404"
        recipient = {"type": "BUSINESS", "name": "Roe & Sons", "account_number": number}
        made = self._insist(Kind.RECIPIENT, "POST", "/api/recipients/", body=recipient)
        path = f"/api/recipients/{made.answer['id']}/"
        self._insist(Kind.RECIPIENT, "PATCH", path, body={"name": "Roe & Daughters"})

    def create(self, suffix: str) -> int:
        """A payout to the account of this suffix; its id."""
        return self._create(suffix, self.payees[suffix])

    def _create(self, what: str, recipient_id: int) -> int:
        key = f"{self.name}-{self.turns}-{what}"
        body = {"recipient_id": recipient_id, "amount": "12.50", "currency": "EUR"}
        keyed = {**body, "metadata": {"client_key": key}, "idempotency_key": key}
        return self._insist(Kind.CREATE, "POST", "/api/payouts/", key=key, body=keyed).payout_id or 0

    def _step_in(self, kind: Kind, method: str, body: Json | None) -> None:
        payout_id = self._create(method, self.payees["7202"])
        self._insist(kind, method, f"/api/payouts/{payout_id}/", body=body, payout_id=payout_id)

    def _insist(
        self,
        kind: Kind,
        method: str,
        path: str,
        *,
        key: str = "",
        body: Json | None = None,
        payout_id: int | None = None,
    ) -> Call:
        """Send until it is known whether it worked."""
        deadline, attempt = time.monotonic() + INSIST_SECONDS, 1
        while True:
            call = self.caller.send(
                kind, method, path, key=key, body=body, payout_id=payout_id, attempt=attempt
            )
            if call.result is not Result.UNKNOWN:
                return call
            assert time.monotonic() < deadline, f"{method} {path}: {call.status} {call.error}"
            attempt += 1
            time.sleep(0.1)


def play_round(stage: Stage, strikes: Collection[Strike], name: str) -> set[Strike]:
    """Order the strikes, make traffic until all have fallen, and return those that have not."""
    for strike in strikes:
        stage.orders.give(strike)
    deadline = time.monotonic() + ROUND_SECONDS
    with Caller(stage.stack.url, stage.accounts[0], stage.log) as caller:
        traffic = Traffic(caller, name)
        traffic.turn()
        while stage.orders.outstanding() and time.monotonic() < deadline:
            traffic.turn()
    missed = stage.orders.outstanding()
    stage.orders.withdraw_all()
    return missed


def insist_on_command(stack: ChaosStack, *arguments: str, tries: int = 4) -> str:
    """Run a command until it succeeds, as a person would; its output."""
    for _ in range(tries):
        done = stack.manage(*arguments)
        if done.returncode == 0:
            return done.stdout
    raise AssertionError(f"{arguments[0]} does not succeed: {done.stdout} {done.stderr}")
