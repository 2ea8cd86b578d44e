"""What the sandbox bank can be made to do wrong, so that an integration can be tried against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from access.environment import Environment
from core.exceptions import Conflict, Forbidden

LONGEST_MS = 600_000


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    latency_ms: int
    """How long the answer to a submission waits after everything in it was carried out."""
    lost_reply_rate: float
    """The share of submissions that are carried out and then not answered."""
    error_rate: float
    """The share of submissions that are answered with an error, before anything is looked at."""
    idempotent: bool
    """False: keys are not looked at, and a repeated one executes again."""
    in_flight_ms: int
    """How long after the answer an execution lands."""


class SwitchableBank(Protocol):
    """Both may raise BankNotReached."""

    def read_behaviour(self) -> Behaviour: ...

    def set_behaviour(self, behaviour: Behaviour) -> None: ...


class BankNotReached(Conflict):
    code = "bank_not_reached"
    title = "The sandbox bank does not answer"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The sandbox bank cannot be asked at the moment: {reason}.")


class BankIsNotSwitched(Forbidden):
    code = "bank_is_not_switched"
    title = "The sandbox bank is not switched from here"

    def __init__(self) -> None:
        super().__init__("Only test organizations switch the sandbox bank, and only where it is allowed.")


def is_bank_switched(*, environment: Environment, is_allowed: bool) -> bool:
    """`is_allowed`: by whoever runs this installation."""
    return is_allowed and environment is Environment.TEST
