"""One client of a tenant or two, with an unreliable network: what it asks for, step by step."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from tests.chaos.bad_requests import bad_requests
from tests.chaos.caller import Caller
from tests.chaos.client_log import Kind, Result

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Sequence
    from random import Random
    from types import TracebackType

    from tests.chaos.accounts import Account, Payee
    from tests.chaos.client_log import Call, ClientLog, Json

# By how many decimals they have: 2, 2, 0, 3.
DECIMALS = {"EUR": 2, "USD": 2, "JPY": 0, "BHD": 3}
_LARGEST_AMOUNT_MINOR = 1_000_000
_SHORTEST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.1, 1.0
_TOO_MANY_REQUESTS = 429

_FILTERS = (
    "?page_size=5",
    "?status=COMPLETED&status=FAILED&page_size=10",
    "?stage=unknown",
    "?currency=EUR&amount_from=10&page_size=10",
    "?currency=JPY&amount_to=5000&page_size=10",
    "?created_from=2020-01-01&page_size=10",
)


class Pace:
    """At most one request in so many seconds; what was missed is not caught up with."""

    def __init__(self, interval_seconds: float) -> None:
        self._interval_seconds = interval_seconds
        self._due = 0.0

    def wait(self, stopping: threading.Event) -> None:
        now = time.monotonic()
        self._due = max(self._due + self._interval_seconds, now)
        stopping.wait(self._due - now)


@dataclass(frozen=True)
class Bought:
    """A payout that this client knows to exist."""

    key: str
    body: Json
    payout_id: int


@dataclass
class _Desk:
    """A tenant as one client works for it: its connection, and the payouts it has asked for there."""

    caller: Caller
    bought: list[Bought] = field(default_factory=list)
    deleted: set[int] = field(default_factory=set)
    keys_used: int = 0


class Shopper:
    def __init__(
        self,
        *,
        url: str,
        accounts: Sequence[Account],
        log: ClientLog,
        random: Random,
        name: str,
        pace: Pace,
        stopping: threading.Event,
    ) -> None:
        """`name` begins the idempotency keys, which are the same for every tenant."""
        self._random = random
        self._name = name
        self._pace = pace
        self._stopping = stopping
        self._connections = ExitStack()
        self._desks = [
            _Desk(self._connections.enter_context(Caller(url, account, log))) for account in accounts
        ]
        steps: tuple[tuple[Callable[[_Desk], object], int], ...] = (
            (self._create, 48),
            (self._repeat, 8),
            (self._conflict, 4),
            (self._send_bad_input, 4),
            (self._read_detail, 8),
            (self._read_list, 7),
            (self._read_history, 5),
            (self._read_foreign, 5),
            (self._cancel_new, 2),
            (self._refuse_new, 2),
            (self._take_over, 3),
            (self._return_completed, 2),
            (self._move_impossibly, 1),
            (self._delete_new, 4),
        )
        self._steps = [step for step, _ in steps]
        self._weights = [weight for _, weight in steps]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connections.close()

    def act(self) -> None:
        """Do one thing for one of the tenants; it may take several requests."""
        desk = self._random.choice(self._desks)
        (step,) = self._random.choices(self._steps, self._weights)
        step(desk)

    # --- asking for payouts ---------------------------------------------------------------------------------

    def _create(self, desk: _Desk) -> Call:
        desk.keys_used += 1
        key = f"{self._name}-{desk.keys_used}"
        body = self._draft(self._choose_payee(desk.caller.account), key)
        call = self._insist(desk, Kind.CREATE, key, body)
        if call.result is Result.OK and call.payout_id is not None:
            desk.bought.append(Bought(key, body, call.payout_id))
        return call

    def _repeat(self, desk: _Desk) -> None:
        if bought := self._recall(desk):
            self._insist(desk, Kind.REPEAT, bought.key, bought.body)

    def _conflict(self, desk: _Desk) -> None:
        if bought := self._recall(desk):
            other = {**bought.body, "amount": f"1{bought.body['amount']}"}
            self._insist(desk, Kind.CONFLICT, bought.key, other)

    def _insist(self, desk: _Desk, kind: Kind, key: str, body: Json) -> Call:
        """Send the same again until the result is known, or the run is over."""
        attempt = 1
        # Bare or quoted, in the header or in the body: all name the same key.
        in_header = self._random.choice([None, None, None, key, f'"{key}"'])
        sent = body if in_header else {**body, "idempotency_key": key}
        headers = {"Idempotency-Key": in_header} if in_header else {}
        while True:
            self._pace.wait(self._stopping)
            call = desk.caller.send(
                kind, "POST", "/api/payouts/", key=key, body=sent, headers=headers, attempt=attempt
            )
            is_known = call.result is not Result.UNKNOWN and call.status != _TOO_MANY_REQUESTS
            if is_known or self._stopping.wait(_pause_seconds(attempt)):
                return call
            attempt += 1

    def _draft(self, payee: Payee, key: str) -> Json:
        currency = self._random.choice(list(DECIMALS))
        amount_minor = self._random.randint(1, _LARGEST_AMOUNT_MINOR)
        return {
            "recipient_id": payee.recipient_id,
            "amount": amount_text(amount_minor, currency),
            "currency": currency,
            # No answer shows the key: so a payout says by itself which request it comes from.
            "metadata": {"client_key": key},
        }

    def _choose_payee(self, account: Account) -> Payee:
        """Half of the payouts are ordinary, the others spread over the bank's scripts."""
        groups = [group for group in (account.ordinary, account.scripted) if group]
        return self._random.choice(self._random.choice(groups))

    def _recall(self, desk: _Desk) -> Bought | None:
        return self._random.choice(desk.bought) if desk.bought else None

    def _send_bad_input(self, desk: _Desk) -> None:
        account = desk.caller.account
        bad = self._random.choice(bad_requests(account.payees[0].recipient_id))
        self._pace.wait(self._stopping)
        desk.caller.send_raw(
            Kind.BAD_INPUT, bad.method, bad.path, key=bad.name, content=bad.content, headers=bad.headers
        )

    # --- reading --------------------------------------------------------------------------------------------

    def _read_detail(self, desk: _Desk) -> Call | None:
        return self._read_own(desk, Kind.DETAIL, "")

    def _read_history(self, desk: _Desk) -> None:
        self._read_own(desk, Kind.EVENTS, "events/?page_size=50")

    def _read_own(self, desk: _Desk, kind: Kind, below: str) -> Call | None:
        known = [bought for bought in desk.bought if bought.payout_id not in desk.deleted]
        if not known:
            return None
        payout_id = self._random.choice(known).payout_id
        # The key that sees masked numbers only reads payouts, not histories.
        is_masked = kind is Kind.DETAIL and self._random.random() < 0.5
        self._pace.wait(self._stopping)
        return desk.caller.read(
            kind, f"/api/payouts/{payout_id}/{below}", payout_id=payout_id, is_masked=is_masked
        )

    def _read_list(self, desk: _Desk) -> None:
        self._pace.wait(self._stopping)
        path = f"/api/payouts/{self._random.choice(_FILTERS)}"
        desk.caller.read(Kind.LIST, path, is_masked=self._random.random() < 0.5)

    def _read_foreign(self, desk: _Desk) -> None:
        foreign = [bought for other in self._desks if other is not desk for bought in other.bought]
        if foreign:
            payout_id = self._random.choice(foreign).payout_id
            below = self._random.choice(["", "events/"])
            self._pace.wait(self._stopping)
            desk.caller.read(Kind.FOREIGN, f"/api/payouts/{payout_id}/{below}", payout_id=payout_id)

    # --- stepping in by hand --------------------------------------------------------------------------------

    def _cancel_new(self, desk: _Desk) -> None:
        self._move_new(desk, "CANCELED", "ordered twice by mistake")

    def _refuse_new(self, desk: _Desk) -> None:
        # By now the payout may be out with the bank, and its outcome unknown. With a reason this would settle
        # it, by a guess; without one the service refuses to.
        self._move_new(desk, "FAILED", "")

    def _take_over(self, desk: _Desk) -> None:
        """Pay by hand what no worker has claimed yet, and tell how it went; now and then that is forgotten."""
        taken = self._move_new(desk, "PROCESSING", "paid over the counter")
        end = self._random.choice(["COMPLETED", "COMPLETED", "FAILED", None])
        if end and taken and taken.result is Result.OK and taken.payout_id is not None:
            self._move(desk, Kind.MOVE, taken.payout_id, end, "as the cashier's book says")

    def _return_completed(self, desk: _Desk) -> None:
        seen = self._read_detail(desk)
        if seen and seen.result is Result.OK and seen.payout_id and seen.answer["status"] == "COMPLETED":
            self._move(desk, Kind.MOVE, seen.payout_id, "RETURNED", "the money came back another way")

    def _move_impossibly(self, desk: _Desk) -> None:
        if bought := self._recall(desk):
            self._move(desk, Kind.IMPOSSIBLE_MOVE, bought.payout_id, "NEW", "once more, please")

    def _move_new(self, desk: _Desk, status: str, reason: str) -> Call | None:
        payout_id = self._create(desk).payout_id
        return None if payout_id is None else self._move(desk, Kind.MOVE, payout_id, status, reason)

    def _move(self, desk: _Desk, kind: Kind, payout_id: int, status: str, reason: str) -> Call:
        body = {"status": status, "reason": reason}
        self._pace.wait(self._stopping)
        return desk.caller.send(kind, "PATCH", f"/api/payouts/{payout_id}/", body=body, payout_id=payout_id)

    def _delete_new(self, desk: _Desk) -> None:
        payout_id = self._create(desk).payout_id
        if payout_id is None:
            return
        self._pace.wait(self._stopping)
        call = desk.caller.send(Kind.DELETE, "DELETE", f"/api/payouts/{payout_id}/", payout_id=payout_id)
        if call.result is not Result.REFUSED:
            desk.deleted.add(payout_id)


def amount_text(amount_minor: int, currency: str) -> str:
    """The amount with exactly the decimals of its currency."""
    decimals = DECIMALS[currency]
    digits = str(amount_minor).rjust(decimals + 1, "0")
    return f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits


def _pause_seconds(attempt: int) -> float:
    return min(_SHORTEST_PAUSE_SECONDS * 2.0 ** (attempt - 1), _LONGEST_PAUSE_SECONDS)
