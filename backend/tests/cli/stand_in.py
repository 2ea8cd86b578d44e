"""A child process for the supervisor's tests: says that it is ready, and how it is stopped.

stand_in.py NAME JOURNAL MANNERS       manners: warm, stubborn (ignores SIGTERM), brief (ends at once)
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


def main() -> None:
    name, journal, manners = sys.argv[1:]

    def stop(_number: int, _frame: FrameType | None) -> None:
        with Path(journal).open("a", encoding="utf-8") as file:
            file.write(f"{name}\n")
        sys.exit(0)

    signal.signal(signal.SIGTERM, signal.SIG_IGN if manners == "stubborn" else stop)
    sys.stdout.write(f"{name} ready. as {os.getpid()}\n")
    sys.stdout.flush()
    while manners != "brief":
        signal.pause()


main()
