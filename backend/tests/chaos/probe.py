"""A client with a watch: how long the service takes, and how soon it is back."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.chaos.caller import Caller
from tests.chaos.client_log import Call, Kind, Result, percentile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.chaos.client_log import Json
    from tests.chaos.matrix import Scene


class NotBackError(AssertionError):
    def __init__(self, seconds: float, last: Call) -> None:
        super().__init__(
            f"not back after {seconds:g} s: {last.kind}, {last.status} {last.answer} {last.error}"
        )


class Probe:
    """Asks for ordinary payouts, one after the other, each once: the log tells the checker of all of them."""

    def __init__(self, scene: Scene, caller: Caller, name: str) -> None:
        self._name = f"{scene.name}-{name}"
        self._caller = caller
        self._payees = caller.account.ordinary
        self._count = 0

    def post(self, *, again: Call | None = None) -> Call:
        """Ask for a new payout, or for that of an earlier call again."""
        key, body, attempt = (again.key, again.body, again.attempt + 1) if again else (*self._draft(), 1)
        return self._caller.send(Kind.CREATE, "POST", "/api/payouts/", key=key, body=body, attempt=attempt)

    def _draft(self) -> tuple[str, Json]:
        self._count += 1
        key = f"{self._name}-{self._count}"
        payee = self._payees[self._count % len(self._payees)]
        body = {"recipient_id": payee.recipient_id, "amount": "7.00", "currency": "USD"}
        return key, {**body, "metadata": {"client_key": key}, "idempotency_key": key}

    def post_for(self, seconds: float, *, pause_seconds: float = 0.02) -> list[Call]:
        """One after the other; a call that is of unknown result is repeated until its result is known."""
        ends_at = time.monotonic() + seconds
        calls: list[Call] = []
        open_call: Call | None = None
        while time.monotonic() < ends_at:
            call = self.post(again=open_call)
            open_call = call if call.result is Result.UNKNOWN else None
            calls.append(call)
            time.sleep(pause_seconds)
        if open_call is not None:
            self.insist(open_call)
        return calls

    def insist(self, call: Call, *, seconds: float = 30.0) -> Call:
        """Repeat until the result is known. Raises NotBackError."""
        ends_at = time.monotonic() + seconds
        while call.result is Result.UNKNOWN:
            if time.monotonic() > ends_at:
                raise NotBackError(seconds, call)
            time.sleep(0.02)
            call = self.post(again=call)
        return call

    def seconds_until_taken(self, *, seconds: float = 30.0) -> float:
        """From now until a payout is taken, each try cut short by nothing but its answer."""
        began = time.monotonic()
        self.insist(self.post(), seconds=seconds)
        return time.monotonic() - began


@contextmanager
def probing(scene: Scene, name: str = "probe") -> Iterator[Probe]:
    with Caller(scene.stack.url, scene.accounts[0], scene.log) as caller:
        yield Probe(scene, caller, name)


def p99_seconds(calls: Sequence[Call]) -> float:
    return percentile([call.seconds for call in calls], 0.99)


def count_failed(calls: Sequence[Call]) -> int:
    """Calls that were not answered well; a refusal of what should have been taken counts too."""
    return sum(call.result is not Result.OK for call in calls)
