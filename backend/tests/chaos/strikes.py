"""Strikes at crash points, ordered from outside: a file in a folder is an order for one strike.

The name of the file is `point~fault`, or `point@function~fault` for a point that is reached through several
use cases: then the strike falls only below the function of that name. A hang lasts for the seconds in the file.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from core.crash_points import crash_points

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HANG_SECONDS = 6.0
"""Longer than the lease of the stacks here: whoever hangs while it holds one comes back too late."""


class Fault(StrEnum):
    KILL = "kill"
    RAISE = "raise"
    HANG = "hang"


class Struck(Exception):  # noqa: N818  not an error: it was ordered
    """Raised at a crash point, as any line of code might raise what nobody has foreseen."""


@dataclass(frozen=True)
class Strike:
    point: str
    fault: Fault
    through: str = ""
    hang_seconds: float = HANG_SECONDS

    @property
    def file_name(self) -> str:
        return f"{self.point}@{self.through}~{self.fault}" if self.through else f"{self.point}~{self.fault}"

    @classmethod
    def read(cls, file: Path) -> Self:
        place, _, fault = file.name.partition("~")
        point, _, through = place.partition("@")
        return cls(point, Fault(fault), through, float(file.read_text()))

    def falls_here(self) -> bool:
        return not self.through or _is_running(self.through)


def _is_running(function: str) -> bool:
    frame = sys._getframe()
    while frame.f_back is not None:
        frame = frame.f_back
        if frame.f_code.co_name == function:
            return True
    return False


class StrikeOrders:
    """The folder, from the side of the tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def give(self, strike: Strike) -> None:
        # Renamed when it is whole: a process may look at any moment.
        draft = self.folder.with_suffix(".draft")
        draft.write_text(str(strike.hang_seconds))
        draft.rename(self.folder / strike.file_name)

    def outstanding(self) -> set[Strike]:
        """Those that have not fallen yet."""
        strikes = set()
        for path in self.folder.iterdir():
            with suppress(FileNotFoundError):  # it has just fallen
                strikes.add(Strike.read(path))
        return strikes

    def withdraw_all(self) -> None:
        for path in self.folder.iterdir():
            path.unlink(missing_ok=True)


def carry_out_orders_of(folder: Path) -> None:
    """Arm every crash point of this process."""
    crash_points.strike = _striker(folder)


def _striker(folder: Path) -> Callable[[str], None]:
    def strike(point: str) -> None:
        for file in folder.glob(f"{point}[@~]*"):
            order = _take(file)
            if order is not None:
                _carry_out(order)

    return strike


def _take(file: Path) -> Strike | None:
    """The order, if it is meant for what runs here, and this process is the one that removes the file."""
    with suppress(FileNotFoundError):
        order = Strike.read(file)
        if order.falls_here():
            file.unlink()
            return order
    return None


def _carry_out(order: Strike) -> None:
    match order.fault:
        case Fault.KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        case Fault.RAISE:
            raise Struck(order.file_name)
        case Fault.HANG:
            time.sleep(order.hang_seconds)
