"""The limit: pgbench, with what PostgreSQL must do for one creation, on the stack's own server and tables."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cli.embedded.binaries import find_postgres_install
from cli.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.recipients import Recipients
    from bench.stack import Stack

SCRIPT = Path(__file__).with_name("limit.sql")
CLIENTS = 16
_RATE = re.compile(r"^tps = ([0-9.]+) ", re.MULTILINE)
_FAILED = re.compile(r"^number of failed transactions: (\d+) ", re.MULTILINE)

# Shaped like what the service writes.
VALUES = {
    "amount": "1000",
    "currency": "USD",
    "fingerprint": f"v1-{'0f' * 32}",
    "name": "Jane Roe",
    "bank_code": "MFO123",
    "country": "UA",
    "metadata": "{}",
    "actor": "api-key:benchmarking",
    "rail": "manual",
    "status": "NEW",
    "stage": "ready",
    "attempts": "0",
    "subject": "payout",
    "event": "PayoutCreated",
    "data": '{"reference": "01M8M8Y7ZY44CZG77XA1A7XJ9N", "rail": "manual", "status": "NEW", "stage": "ready",'
    ' "amount": "10.00", "currency": "USD"}',
    "request": "0f" * 16,
}


class LimitFailed(Refusal):
    def __init__(self, output: str) -> None:
        super().__init__(
            f"pgbench cannot run {SCRIPT.name}: is it out of step with the tables?\n{output[-2_000:]}"
        )


def measure_limit(stack: Stack, recipients: Recipients, *, seconds: int) -> float:
    """Creations per second. Their markers are removed, so that no relay takes them for work.

    Worker, relay and beat must stand still.
    """
    address = urlsplit(stack.database_url)
    values = VALUES | {
        "organization": str(recipients.organization_id),
        "first_recipient": str(recipients.first_id),
        "last_recipient": str(recipients.last_id),
        "account": _account(stack),
    }
    done = subprocess.run(  # nosec B603 # no shell
        [
            str(find_postgres_install() / "bin" / "pgbench"),
            *("-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2", "-T", str(seconds), "-f", str(SCRIPT)),
            *_definitions(values),
            *("-h", str(address.hostname), "-p", str(address.port), "-U", str(address.username)),
            address.path.strip("/"),
        ],
        env={**_library_path(), "PGPASSWORD": address.password or ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise LimitFailed(done.stdout)
    stack.ask("WITH gone AS (DELETE FROM events_pendingevent RETURNING 1) SELECT count(*) FROM gone")
    return read_rate(done.stdout)


def _definitions(values: Mapping[str, str]) -> list[str]:
    return [part for name, value in values.items() for part in ("-D", f"{name}={value}")]


def _account(stack: Stack) -> str:
    """As long as an encrypted account number is."""
    taken = stack.ask("SELECT account_number_encrypted::text FROM payouts_recipient LIMIT 1")
    return str(taken)


def _library_path() -> dict[str, str]:
    return {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}


def read_rate(output: str) -> float:
    """What pgbench tells last. Raises LimitFailed when a transaction failed."""
    rate, failed = _RATE.search(output), _FAILED.search(output)
    if rate is None or failed is None or failed[1] != "0":
        raise LimitFailed(output)
    return float(rate[1])
