"""`python -m sandbox_bank --port 9000 --database PATH`: run the bank until SIGTERM or SIGINT."""

import argparse
import os
import signal
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from queue import SimpleQueue
from types import FrameType
from typing import Final

import structlog

from sandbox_bank.callbacks import CallbackTarget, InvalidCallbackTargetError
from sandbox_bank.desk import Timings
from sandbox_bank.running import Settings, running_bank
from sandbox_bank.store import OtherLayoutError

LARGEST_PORT: Final = 65_535
LONGEST_SECONDS: Final = 3600.0


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    try:
        _run(_read_settings(arguments, environment))
    except (OSError, sqlite3.Error, OtherLayoutError, InvalidCallbackTargetError) as problem:
        sys.stderr.write(f"sandbox bank: {problem}\n")
        return 1
    return 0


def _run(settings: Settings) -> None:
    _write_logs_as_lines()
    stop_signals = _collect_stop_signals()
    with running_bank(settings) as url:
        sys.stdout.write(f"sandbox bank ready on {url}\n")
        sys.stdout.flush()
        stop_signals.get()


def _read_settings(arguments: Sequence[str], environment: Mapping[str, str]) -> Settings:
    options = _parser().parse_args(arguments)
    return Settings(
        host=options.host,
        port=options.port,
        database=options.database,
        timings=Timings(delay_seconds=options.delay_seconds, hang_seconds=options.hang_seconds),
        callbacks=_callback_target(environment),
    )


def _callback_target(environment: Mapping[str, str]) -> CallbackTarget | None:
    url = environment.get("SANDBOX_BANK_CALLBACK_URL", "")
    if not url:
        return None
    # While it is being changed the receiver believes several; the first one signs.
    secret, *_ = [*environment.get("SANDBOX_BANK_CALLBACK_SECRET", "").split(), ""]
    return CallbackTarget(url, secret)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox_bank",
        description="A bank for tests: it executes, refuses, delays, loses and returns transfers on demand.",
        epilog="SANDBOX_BANK_CALLBACK_URL and SANDBOX_BANK_CALLBACK_SECRET (whsec_…) make it send callbacks.",
    )
    timings = Timings()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--port", type=port_number, default=9000, help="0 takes any free port (default: 9000)"
    )
    parser.add_argument("--database", type=Path, required=True, help="the SQLite file of the bank's books")
    parser.add_argument("--delay-seconds", type=seconds, default=timings.delay_seconds)
    parser.add_argument("--hang-seconds", type=seconds, default=timings.hang_seconds)
    return parser


def port_number(text: str) -> int:
    port = int(text)
    if not 0 <= port <= LARGEST_PORT:
        raise ValueError(text)
    return port


def seconds(text: str) -> float:
    number = float(text)
    if not 0 <= number <= LONGEST_SECONDS:
        raise ValueError(text)
    return number


def _collect_stop_signals() -> SimpleQueue[int]:
    # Not an Event: set by a signal that interrupts its own wait, it may wait for itself for ever.
    signals: SimpleQueue[int] = SimpleQueue()

    def request_stop(number: int, _frame: FrameType | None) -> None:
        signals.put(number)

    signal.signal(signal.SIGTERM, request_stop)
    signal.signal(signal.SIGINT, request_stop)
    return signals


def _write_logs_as_lines() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
