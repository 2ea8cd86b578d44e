"""A bank that can be switched, as a use case sees it."""

from __future__ import annotations

from dataclasses import replace

from payouts.domain.sandbox_bank import BankNotReached, Behaviour

SOUND = Behaviour(latency_ms=0, lost_reply_rate=0.0, error_rate=0.0, idempotent=True, in_flight_ms=0)
FAULTY = replace(SOUND, latency_ms=250, error_rate=0.5)


class Bank:
    """Stands for another server, and goes away once it has said how it behaves, if that is wanted."""

    def __init__(self, *, goes_away: bool = False) -> None:
        self.behaviour = SOUND
        self._goes_away = goes_away

    def read_behaviour(self) -> Behaviour:
        return self.behaviour

    def set_behaviour(self, behaviour: Behaviour) -> None:
        if self._goes_away:
            raise BankNotReached("ConnectError")
        self.behaviour = behaviour
