"""The outcome an account number asks for: its last four characters choose a script."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sandbox_bank.failures import ACCOUNT_CLOSED, ACCOUNT_NOT_FOUND, BANK_UNAVAILABLE
from sandbox_bank.transfers import Breakage, Failure


class Announcement(StrEnum):
    EXECUTED = "transfer.executed"
    ACCEPTED = "transfer.accepted"
    RETURNED = "transfer.returned"


@dataclass(frozen=True, slots=True)
class Reject:
    failure: Failure
    attempts: int | None = None
    """How many attempts of a payout are refused before one is executed; None means all."""


@dataclass(frozen=True, slots=True)
class Lose:
    """Nothing is executed, and the client is not told."""

    breakage: Breakage
    attempts: int


@dataclass(frozen=True, slots=True)
class Accept:
    """The answer is not final; what follows it comes later, or never."""

    executes: bool = True
    announcements: tuple[Announcement, ...] = (Announcement.EXECUTED,)


@dataclass(frozen=True, slots=True)
class Execute:
    breakage: Breakage | None = None
    hangs_first: bool = False
    is_returned: bool = False


Script = Reject | Lose | Accept | Execute

_AT_ONCE: Final = Execute()
_TWICE_AND_STALE: Final = (
    Announcement.EXECUTED,
    Announcement.EXECUTED,
    Announcement.ACCEPTED,
    Announcement.ACCEPTED,
)

SCRIPTS: Final[dict[str, Script]] = {
    "0001": Reject(ACCOUNT_CLOSED),
    "0002": Reject(ACCOUNT_NOT_FOUND),
    "0003": Reject(BANK_UNAVAILABLE, attempts=2),
    "0004": Accept(),
    "0005": Execute(is_returned=True),
    "0006": Execute(Breakage.DROPPED),
    "0007": Lose(Breakage.DROPPED, attempts=1),
    "0008": Execute(Breakage.SERVER_ERROR),
    "0009": Lose(Breakage.SERVER_ERROR, attempts=1),
    "0010": Execute(Breakage.CUT),
    "0011": Execute(Breakage.DROPPED, hangs_first=True),
    "0012": Accept(announcements=_TWICE_AND_STALE),
    "0013": Accept(executes=False),
}


def script_of(account_number: str) -> Script:
    return SCRIPTS.get(account_number[-4:], _AT_ONCE)


def counts_attempts(script: Script) -> bool:
    return isinstance(script, Reject | Lose) and script.attempts is not None


def script_at_attempt(script: Script, attempt: int) -> Script:
    """Tell what a script does the n-th time (from 1) its payout is tried."""
    match script:
        case Reject(attempts=int(troubled)) | Lose(attempts=troubled) if attempt > troubled:
            return _AT_ONCE
        case _:
            return script


def announcements_of_execution(script: Script) -> tuple[Announcement, ...]:
    """List the callbacks, in the order they are sent, of an execution that followed its answer."""
    return script.announcements if isinstance(script, Accept) else (Announcement.EXECUTED,)
