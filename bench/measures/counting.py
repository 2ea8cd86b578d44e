"""How many statements requests and settled payouts take, counted in PostgreSQL's own log.

That is the one place which sees whatever the processes send, by whichever way. For a moment the server logs
every statement; each line begins with the name of the process that has sent it.
"""

from __future__ import annotations

import re
import secrets
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench.client import OK
from bench.measured import Measured
from bench.measures.settling import measure_settle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import psycopg

    from bench.recipients import Recipients
    from bench.stack import Stack

REQUESTS = 20
SETTLED = 1_000
_LINE = re.compile(
    r"^bench-log payouts-(?P<role>\w+) LOG:  (?:statement|execute [^:]+):(?P<statement>.*(?:\n\t.*)*)",
    re.MULTILINE,
)
# What begins or ends a transaction, and the empty statement by which a connection is tried.
_NO_QUERY = re.compile(r"\s*((BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b|$)", re.IGNORECASE)
_SETTINGS = {
    "log_statement": "'all'",
    "log_line_prefix": "'bench-log %a '",
    "log_parameter_max_length": "0",
}
_LOG_SECONDS = 10.0
# Each connection reads the settings anew before its next statement, once it has been told.
_RELOAD_SECONDS = 0.3


def measure_queries(stack: Stack, recipients: Recipients) -> Measured:
    """Per request; `…_statements` count what is no query, too. Worker, relay and beat must stand still."""
    prefix = f"bench-counted-{secrets.token_hex(4)}"
    with stack.client().closing() as client:
        first = client.create(f"{prefix}-first", recipients.first_id)  # who calls is known from here on
        asked: dict[str, Callable[[int], object]] = {
            "create": lambda number: client.create(f"{prefix}-{number}", recipients.first_id),
            "replay": lambda number: client.create(f"{prefix}-{number}", recipients.first_id, expected=OK),
            "list_cached": lambda _: client.get("/api/payouts/"),
            "detail": lambda _: client.get(f"/api/payouts/{first['id']}/"),
        }
        values: dict[str, float] = {}
        for name, ask in asked.items():
            ask(0)  # whatever is remembered is known, and the page is cached
            seen = _count(stack, ask)
            values[f"{name}_queries"] = seen.queries["web"] / REQUESTS
            values[f"{name}_statements"] = seen.statements["web"] / REQUESTS
    return Measured(values)


def _count(stack: Stack, ask: Callable[[int], object]) -> StatementCount:
    with _logged(stack) as log:
        for number in range(1, REQUESTS + 1):
            ask(number)
        return count_statements(log())


def measure_statements(stack: Stack, recipients: Recipients) -> Measured:
    """Per payout that is settled, of all processes but the web, with the borders of transactions."""
    with _logged(stack) as log:
        settled = measure_settle(stack, recipients, payouts=SETTLED)
        seen = count_statements(log())
    of_others = {role: count for role, count in seen.statements.items() if role not in ("web", "command")}
    problems = {"statements_per_payout": settled.problems["settle"]} if settled.problems else {}
    each = {f"{role}_statements_per_payout": count / SETTLED for role, count in of_others.items()}
    return Measured({"statements_per_payout": sum(of_others.values()) / SETTLED, **each}, problems)


class StatementCount:
    """By the role of the process; `queries` leaves out what is none."""

    def __init__(self) -> None:
        self.statements: Counter[str] = Counter()
        self.queries: Counter[str] = Counter()


def count_statements(log: str) -> StatementCount:
    count = StatementCount()
    for found in _LINE.finditer(log):
        count.statements[found["role"]] += 1
        count.queries[found["role"]] += _NO_QUERY.match(found["statement"]) is None
    return count


@contextmanager
def _logged(stack: Stack) -> Iterator[Callable[[], str]]:
    """Gives what tells what was logged since; it waits for the log of what was asked before."""
    path = stack.home / "logs" / "postgres.log"
    with stack.connect() as connection:
        try:
            for name, value in _SETTINGS.items():
                connection.execute(f"ALTER SYSTEM SET {name} = {value}".encode())
            connection.execute("SELECT pg_reload_conf()")
            _read_up_to_now(connection, path, start=0)
            time.sleep(_RELOAD_SECONDS)
            start = path.stat().st_size
            yield lambda: _read_up_to_now(connection, path, start=start)
        finally:
            for name in _SETTINGS:
                connection.execute(f"ALTER SYSTEM RESET {name}".encode())
            connection.execute("SELECT pg_reload_conf()")


def _read_up_to_now(connection: psycopg.Connection, path: Path, *, start: int) -> str:
    """The log from there on, once it shows a statement that is sent now."""
    mark = f"mark-{secrets.token_hex(8)}"
    deadline = time.monotonic() + _LOG_SECONDS
    while time.monotonic() < deadline:
        connection.execute(f"SELECT '{mark}'".encode())
        with path.open("rb") as log:
            log.seek(start)
            text = log.read().decode(errors="replace")
        if mark in text:
            return text
        time.sleep(0.05)
    raise TimeoutError(f"PostgreSQL does not log what it is asked, or not into {path}")
